package io.ebla.core.oplog;

/**
 * What an entry of a tablet's log is. The kinds are open: a code that this version does not know is
 * decoded and kept, and only refused when it has to be applied.
 *
 * @param code 0..255, as stored
 */
public record EntryKind(int code) {

    /** Resolved mutations of rows: a write, a batch, a bulk write's line. */
    public static final EntryKind WRITE = new EntryKind(1);

    /** The first entry of a mastership; once committed the inherited tail is (E11). */
    public static final EntryKind EPOCH_START = new EntryKind(2);

    /** Background expiry: one {@link Mutation.Expire} (T3). */
    public static final EntryKind EXPIRE = new EntryKind(3);

    /** One {@link Mutation.Split}: the tablet ends here, and its children begin (R4). */
    public static final EntryKind SPLIT = new EntryKind(4);

    /** One {@link Mutation.CancelSplit}: that split or merge never comes, and its seal is off (R4, R6). */
    public static final EntryKind CANCEL = new EntryKind(6);

    /** One {@link Mutation.Seal}: the tablet takes nothing until a CANCEL, or never any more (R6). */
    public static final EntryKind SEAL = new EntryKind(5);

    // 7..15 are kept for reshaping, 16..31 for reverts and intents.

    public EntryKind {
        if (code < 0 || code > 255) {
            throw new IllegalArgumentException("entry kind " + code + " is not in 0..255");
        }
    }
}
