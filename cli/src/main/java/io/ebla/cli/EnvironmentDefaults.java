package io.ebla.cli;

import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Takes options that are not given from variables: {@code --http-port} from EBLA_HTTP_PORT. */
final class EnvironmentDefaults implements IDefaultValueProvider {

    private final Map<String, String> environment;

    EnvironmentDefaults(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)
                || option.usageHelp()
                || option.versionHelp()) {
            return null;
        }
        return environment.get(variable(option.longestName()));
    }

    private static String variable(String option) {
        String name = option.replaceFirst("^--?", "").replace('-', '_');
        return "EBLA_" + name.toUpperCase(Locale.ROOT);
    }
}
