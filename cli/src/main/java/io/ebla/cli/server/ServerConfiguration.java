package io.ebla.cli.server;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What every role runs on: the HTTP server and actuator. Roles add themselves by explicit import.
 * What nothing here uses is left out, for the sake of a quick start.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(
        exclude = {
            AopAutoConfiguration.class,
            TaskExecutionAutoConfiguration.class,
            TaskSchedulingAutoConfiguration.class
        })
class ServerConfiguration {

    @Bean
    @ConditionalOnProperty("ebla.ssl.bundle")
    InternalCallsFilter internalCallsFilter() {
        return new InternalCallsFilter();
    }
}
