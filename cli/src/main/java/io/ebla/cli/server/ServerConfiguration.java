package io.ebla.cli.server;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/** What every role runs on: the HTTP server and actuator. Roles add themselves by explicit import. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class ServerConfiguration {}
