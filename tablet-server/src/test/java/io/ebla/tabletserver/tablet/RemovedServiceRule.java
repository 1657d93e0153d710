package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.store.EpochStarts;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.tablet.PendingEntry.PendingRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** Rules of the store, of writes and of answers, taken away; see {@link RemovedRule}. */
enum RemovedServiceRule implements RemovedRule {

    /** Followers are told that all they are sent is committed. */
    L1_ONLY_COMMITTED_IS_APPLIED(5, Scenario.OF_THREE) {
        @Override
        public ReplicaMessage message(GroupNode target, ReplicaMessage message) {
            return message instanceof ReplicaMessage.Append append
                    ? new ReplicaMessage.Append(
                            append.tablet(),
                            append.epoch(),
                            append.to(),
                            append.previousEpoch(),
                            append.previousIndex(),
                            append.entries(),
                            Math.max(
                                    append.commitIndex(),
                                    append.previousIndex() + append.entries().entries().size()),
                            append.masterTimeMillis())
                    : message;
        }
    },

    /** A condition is judged by a write that may yet be lost, and its failure answered at once. */
    W2_WHAT_WAS_SEEN_IS_COMMITTED(20, LeaseScenario.CUT_OFF_AND_JUDGES) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                public void write(
                        WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
                    RowOperation first = request.operations().get(0);
                    PendingRow pending = node.tablet().parts().overlay().get(first.key());
                    if (pending == null
                            || !node.state().masters()
                            || first.condition()
                                    .holds(first.key(), Optional.ofNullable(pending.row))) {
                        real.write(request, replyOn, reply);
                        return;
                    }
                    reply.complete(
                            null,
                            new EblaException(ErrorCode.CONDITION_FAILED, "as it seems")
                                    .withOutcome(Outcome.NOT_APPLIED));
                }
            };
        }
    },

    /** A strong get reads what is applied. */
    W3_A_GET_WAITS_FOR_ITS_ROW(20, LeaseScenario.SLOW_DISK) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                ReadLevel level(ReadLevel asked, RowKey key) {
                    return key != null && serves(node) ? ReadLevel.LOCAL : asked;
                }
            };
        }
    },

    /** A strong scan reads what is applied. */
    W3_A_SCAN_WAITS_FOR_THE_HEAD(20, LeaseScenario.SLOW_DISK) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                ReadLevel level(ReadLevel asked, RowKey key) {
                    return key == null && serves(node) ? ReadLevel.LOCAL : asked;
                }
            };
        }
    },

    /** What is about to be taken back is shown once more. */
    W3_A_GET_WAITS_FOR_A_REVERT(20, LeaseScenario.REVERTS) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                ReadLevel level(ReadLevel asked, RowKey key) {
                    return key != null
                                    && serves(node)
                                    && node.tablet().parts().overlay().pendingRevert(key) > 0
                            ? ReadLevel.LOCAL
                            : asked;
                }
            };
        }
    },

    /** What a store remembers of a request is not found again. */
    W4_A_RECORD_IS_KEPT(20, Scenario.OF_THREE) {
        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            return new PlayedStore(store) {
                @Override
                public Optional<IdempotencyRecord> idempotencyRecord(IdempotencyId id) {
                    return Optional.empty();
                }
            };
        }
    },

    /** Only the master keeps what it remembers of a request. */
    W4_A_RECORD_TRAVELS_WITH_ITS_WRITE(60, Scenario.OF_THREE) {
        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            return new PlayedStore(store) {
                @Override
                public void apply(List<LogEntry> entries) {
                    super.apply(
                            node.isUp() && node.tablet() != null && node.state().masters()
                                    ? entries
                                    : without(entries));
                }
            };
        }

        private List<LogEntry> without(List<LogEntry> entries) {
            List<LogEntry> forgetful = new ArrayList<>();
            for (LogEntry entry : entries) {
                forgetful.add(
                        with(
                                entry,
                                entry.mutations().stream()
                                        .filter(each -> !(each instanceof Mutation.Remember))
                                        .toList()));
            }
            return forgetful;
        }
    },

    /** A repetition finds nothing of a request that is under way. */
    W4_DUPLICATES_JOIN(20, Scenario.OF_THREE) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                public void write(
                        WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
                    node.tablet().parts().idempotency().clear();
                    real.write(request, replyOn, reply);
                }
            };
        }
    },

    /** A write is taken back though a quorum has it: by another one, when its time is over. */
    W5_DECIDED_BEFORE_THE_QUORUM(20, LeaseScenario.REVERTS) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedReverts.TakesBackAlways(node, tablet);
        }
    },

    /** A write is taken back though a later one has changed its row: that one is not seen. */
    W5_ONLY_WHILE_ITS_ROWS_ARE_ITS(40, LeaseScenario.REVERTS) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                public void write(
                        WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
                    real.write(request, replyOn, reply);
                    if (request.revertOnTimeout()) {
                        node.later(
                                100_000, () -> PlayedReverts.LaterRows.of(node).remember(request));
                    }
                }
            };
        }

        @Override
        public void ticking(GroupNode node) {
            PlayedReverts.LaterRows.of(node).hide();
        }
    },

    /** A write is said to be taken back when that is decided. */
    W5_REVERTED_IS_COMMITTED(40, LeaseScenario.REVERTS_AND_DIES) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedReverts.RevertsTooEarly(node, tablet);
        }
    },

    /** A forwarder repeats what may have been applied. */
    W6_REPEATED_ONLY_IF_NOT_APPLIED(20, Scenario.OF_THREE) {
        @Override
        public boolean mayRepeat(WriteRequest request, EblaException failure, boolean may) {
            return may || request != null && failure.outcome().orElse(null) == Outcome.UNKNOWN;
        }
    },

    /** A caller that is told nothing certain is told that it was not applied. */
    W6_LOST_IS_UNKNOWN(20, Scenario.OF_THREE) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                public void write(
                        WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
                    real.write(
                            request,
                            replyOn,
                            (result, failure) -> reply.complete(result, hopeful(failure)));
                }
            };
        }

        private EblaException hopeful(EblaException failure) {
            return failure == null || failure.outcome().orElse(null) != Outcome.UNKNOWN
                    ? failure
                    : failure.withOutcome(Outcome.NOT_APPLIED);
        }
    },

    /** A token is taken for one of the log as it stands here. */
    W7_A_LOST_POSITION_IS_TOLD(40, LeaseScenario.CUT_OFF_AND_ACCEPTS) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                Position token(Position asked) {
                    if (asked == null) {
                        return null;
                    }
                    long here =
                            asked.index() <= node.tablet().pipeline().committedIndex()
                                    ? node.tablet().parts().history().epochAt(asked.index())
                                    : 0;
                    return here > 0 ? new Position(asked.tablet(), here, asked.index()) : asked;
                }
            };
        }
    },

    /** A store that is opened knows no epoch but the last. */
    W7_STARTS_OF_EPOCHS_ARE_KEPT(60, RandomScenario.SESSIONS) {
        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            return forgetful(store);
        }
    },

    /** As above, and what is of an epoch that is forgotten is taken to be there. */
    W7_WHAT_IS_FORGOTTEN_IS_LOST(20, LeaseScenario.CUT_OFF_AND_FORGOTTEN) {
        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            return forgetful(store);
        }

        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                public void get(
                        RowKey key,
                        ReadLevel level,
                        Position atLeast,
                        long deadlineNanos,
                        Executor replyOn,
                        Reply<ReadResult> reply) {
                    boolean forgotten =
                            atLeast != null
                                    && atLeast.index() <= node.tablet().pipeline().applied().index()
                                    && node.tablet().parts().history().epochAt(atLeast.index())
                                            == EpochHistory.UNKNOWN;
                    ReadLevel played = forgotten ? ReadLevel.LOCAL : level;
                    real.get(key, played, atLeast, deadlineNanos, replyOn, reply);
                }
            };
        }
    },

    /** A session reads whatever there is. */
    W7_A_SESSION_WAITS_FOR_ITS_TOKEN(10, Scenario.OF_THREE) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                ReadLevel level(ReadLevel asked, RowKey key) {
                    return asked == ReadLevel.SESSION ? ReadLevel.LOCAL : asked;
                }
            };
        }
    },

    /** One replica decides when a row expires as it applies its entry. */
    W1_MUTATIONS_ARE_RESOLVED(20, Scenario.OF_THREE) {
        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            return new PlayedStore(store) {
                @Override
                public void apply(List<LogEntry> entries) {
                    super.apply(
                            node.id.value().equals("t1")
                                    ? entries.stream().map(each -> resolvedHere(each)).toList()
                                    : entries);
                }
            };
        }

        private LogEntry resolvedHere(LogEntry entry) {
            List<Mutation> mutations = new ArrayList<>();
            for (Mutation each : entry.mutations()) {
                mutations.add(
                        each instanceof Mutation.Put put && put.expiresAt() != 0
                                ? new Mutation.Put(
                                        put.key(),
                                        put.value(),
                                        put.contentType(),
                                        put.createdAt(),
                                        put.expiresAt() + 100,
                                        put.replaced())
                                : each);
            }
            return with(entry, mutations);
        }
    },

    /** One replica removes what has expired by a time of its own. */
    T3_ALL_REMOVE_THE_SAME(20, Scenario.OF_THREE) {
        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            return new PlayedStore(store) {
                @Override
                public void apply(List<LogEntry> entries) {
                    List<LogEntry> early = new ArrayList<>();
                    for (LogEntry entry : entries) {
                        early.add(
                                entry.kind().equals(EntryKind.EXPIRE)
                                                && node.id.value().equals("t1")
                                        ? with(entry, List.of(earlier(entry)))
                                        : entry);
                    }
                    super.apply(early);
                }
            };
        }

        private Mutation earlier(LogEntry entry) {
            Mutation.Expire expire = (Mutation.Expire) entry.mutations().get(0);
            return new Mutation.Expire(expire.before() - 50, expire.maxRows());
        }
    };

    private final int livesMax;
    private final Scenario scenario;

    RemovedServiceRule(int livesMax, Scenario scenario) {
        this.livesMax = livesMax;
        this.scenario = scenario;
    }

    @Override
    public int livesMax() {
        return livesMax;
    }

    @Override
    public Scenario scenario() {
        return scenario;
    }

    private static TabletStore forgetful(TabletStore store) {
        return new PlayedStore(store) {
            private boolean opened;

            @Override
            public EpochStarts epochs() {
                Applied applied = applied();
                return opened
                        ? super.epochs()
                        : EpochStarts.NONE.with(applied.epoch(), applied.index());
            }

            @Override
            public void apply(List<LogEntry> entries) {
                opened = true;
                super.apply(entries);
            }
        };
    }

    private static boolean serves(GroupNode node) {
        return node.state().servesStrongReads() && node.leaseHolds();
    }

    private static LogEntry with(LogEntry entry, List<Mutation> mutations) {
        return new LogEntry(
                entry.tablet(),
                entry.epoch(),
                entry.index(),
                entry.previousEpoch(),
                entry.commitHint(),
                entry.timestampMillis(),
                entry.kind(),
                entry.flags(),
                entry.origin(),
                entry.principal(),
                mutations);
    }
}
