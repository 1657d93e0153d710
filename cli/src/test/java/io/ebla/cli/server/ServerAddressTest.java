package io.ebla.cli.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class ServerAddressTest {

    private static StandardEnvironment environment(Map<String, Object> properties) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("test", properties));
        return environment;
    }

    private static StandardEnvironment open(String secret) {
        return environment(
                Map.of(
                        "ebla.bind", "0.0.0.0",
                        "ebla.insecure", "true",
                        "ebla.cluster-secret", secret));
    }

    private static String checked(Role role, StandardEnvironment environment) {
        ServerAddress.check(role, environment);
        return environment.getProperty("ebla.cluster-secret", "");
    }

    @Test
    void beyondLoopbackItMustBeMeant() {
        StandardEnvironment closed =
                environment(Map.of("ebla.bind", "0.0.0.0", "ebla.cluster-secret", "sesame"));
        for (Role role : Role.values()) {
            assertThatThrownBy(() -> ServerAddress.check(role, closed))
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("--insecure");
        }
    }

    @Test
    void aNodeBeyondLoopbackNeedsASecret() {
        for (Role role : new Role[] {Role.META_SERVER, Role.TABLET_SERVER}) {
            assertThatThrownBy(() -> ServerAddress.check(role, open("")))
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("without a cluster secret")
                    .hasMessageContaining("--cluster-secret");
            assertThat(checked(role, open("sesame"))).isEqualTo("sesame");
        }
    }

    @Test
    void aWholeEblaBeyondLoopbackMakesASecretForEachRun() {
        String first = checked(Role.DEV, open(""));
        String second = checked(Role.DEV, open(""));
        assertThat(first).hasSize(64).isNotEqualTo(second);
        assertThat(checked(Role.DEV, open("sesame"))).isEqualTo("sesame");
    }

    @Test
    void onLoopbackNothingNeedsToBeSaid() {
        for (Role role : Role.values()) {
            assertThat(checked(role, environment(Map.of()))).isEmpty();
            assertThat(checked(role, environment(Map.of("ebla.bind", "::1")))).isEmpty();
        }
    }
}
