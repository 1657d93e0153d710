package io.ebla.tabletserver.api;

import io.ebla.core.time.Clock;
import io.ebla.tabletserver.condition.Conditions;
import io.ebla.tabletserver.routing.Routing;
import io.ebla.tabletserver.routing.RoutingConfiguration;
import io.ebla.tabletserver.routing.TabletStatuses;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The REST API: its routes and their handlers. */
@Configuration(proxyBeanMethods = false)
@Import({EdgeConfiguration.class, RangesConfiguration.class, RoutingConfiguration.class})
class RoutesConfiguration {

    private static final int CONTROL_TASKS_MAX = 1_000;

    @Bean
    Keys apiKeys(ApiLimits limits) {
        return new Keys(limits);
    }

    @Bean
    Tables apiTables(
            TabletHost host,
            Routing routing,
            MetaTables meta,
            Scheduler controlScheduler,
            Clock clock,
            ApiLimits limits) {
        return new Tables(host, routing, meta, controlScheduler::schedule, clock, limits);
    }

    /** What tables and the cluster are changed by when it may wait for a disk: a thread of its own. */
    @Bean(destroyMethod = "dispose")
    Scheduler controlScheduler() {
        return Schedulers.newBoundedElastic(1, CONTROL_TASKS_MAX, "ebla-control", 60, true);
    }

    @Bean
    RowHandler rowHandler(Tables tables, Keys keys, ApiLimits limits, Clock clock) {
        return new RowHandler(tables, keys, limits, clock, Conditions::compile);
    }

    @Bean
    TablesHandler tablesHandler(
            TabletHost host,
            TabletStatuses statuses,
            Tables tables,
            MetaTables meta,
            Clock clock,
            Keys keys,
            ApiLimits limits) {
        TableReadiness readiness = new TableReadiness(host, clock, limits);
        return new TablesHandler(host, statuses, tables, meta, readiness, keys, limits);
    }

    @Bean
    TableResource masterships(TabletHost host, Tables tables, MetaTables meta, ApiLimits limits) {
        return new TabletOperationsHandler(host, tables, meta, limits.defaultTimeoutMillis())
                .master();
    }

    @Bean
    TableResource moves(TabletHost host, Tables tables, MetaTables meta, ApiLimits limits) {
        return new TabletOperationsHandler(host, tables, meta, limits.defaultTimeoutMillis())
                .move();
    }

    @Bean
    TableResource merges(TabletHost host, Tables tables, MetaTables meta, ApiLimits limits) {
        return new TabletOperationsHandler(host, tables, meta, limits.defaultTimeoutMillis())
                .merge();
    }

    @Bean
    TableResource splits(
            TabletHost host, Tables tables, MetaTables meta, Keys keys, ApiLimits limits) {
        return new SplitHandler(tables, meta, keys, limits.defaultTimeoutMillis()).resource();
    }

    /**
     * The routes; beans of type {@link TableResource} are found under each table by their names, or,
     * where the name begins with a slash, by that path.
     */
    @Bean
    ApiRoutes apiRoutes(
            TablesHandler tables,
            RowHandler rows,
            ObjectProvider<TableResource> resources,
            ObjectProvider<RequestObserver> observer,
            Clock clock) {
        List<TableResource> paths = new ArrayList<>(List.of(tables.list()));
        paths.addAll(new ApiDocuments().resources());
        List<TableResource> ofTables = new ArrayList<>(List.of(tables.tablets()));
        resources
                .orderedStream()
                .forEach(
                        resource ->
                                (resource.name().startsWith("/") ? paths : ofTables).add(resource));
        return new ApiRoutes(
                paths,
                tables.table(),
                rows.resource(),
                ofTables,
                observer.getIfAvailable(() -> RequestObserver.NONE),
                clock);
    }
}
