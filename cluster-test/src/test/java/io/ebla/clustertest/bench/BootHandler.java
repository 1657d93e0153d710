package io.ebla.clustertest.bench;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;

/**
 * The {@link BareHandler} as anybody has it who begins a WebFlux application with Spring Boot and its
 * actuator: all that Boot configures by itself, nothing left out and nothing turned off. It runs on the
 * packaged jar's own libraries, so what Boot finds there is what Ebla brings along.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(BareHandler.Routes.class)
public class BootHandler {

    public static void main(String[] arguments) {
        SpringApplication.run(BootHandler.class, arguments);
    }
}
