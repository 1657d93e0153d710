package io.ebla.tabletserver.api;

/** The limits of the public contract. */
final class TestLimits {

    static final ApiLimits DEFAULT =
            new ApiLimits(
                    1024, 1 << 20, 1 << 20, 1000, 10_000, 1000, 16_384, 16_384, 2000, 60_000,
                    10_000, 200, 60_000);

    private TestLimits() {}
}
