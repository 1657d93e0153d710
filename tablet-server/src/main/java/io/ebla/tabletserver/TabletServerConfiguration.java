package io.ebla.tabletserver;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

/** The tablet server as a role of the application: its engine, and the parts of the module around it. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TabletServerProperties.class)
public class TabletServerConfiguration {}
