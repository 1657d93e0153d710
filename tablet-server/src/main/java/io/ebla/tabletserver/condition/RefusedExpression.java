package io.ebla.tabletserver.condition;

/** Why an expression is refused before it ever runs, and where in it. */
final class RefusedExpression extends RuntimeException {

    private final int position;
    private final boolean large;

    private RefusedExpression(int position, String detail, boolean large) {
        super(detail, null, false, false);
        this.position = position;
        this.large = large;
    }

    /** @param position in characters from the start of the expression, from 0 */
    static RefusedExpression wrong(int position, String detail) {
        return new RefusedExpression(position, detail, false);
    }

    static RefusedExpression tooLarge(String detail) {
        return new RefusedExpression(0, detail, true);
    }

    int position() {
        return position;
    }

    boolean large() {
        return large;
    }
}
