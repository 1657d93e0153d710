package io.ebla.tabletserver.api;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The REST API of a tablet server that belongs to a cluster. */
@Configuration(proxyBeanMethods = false)
@Import(RoutesConfiguration.class)
public class ApiConfiguration {}
