# Shares of a profile by what the CPU was doing: awk -f shares.awk put.collapsed | sort -rn
# A sample counts for the innermost of its frames that says what it belongs to.
function kind(frame) {
    if (frame ~ /fdatasync|FileDispatcherImpl.force/) return "journal: sync"
    if (frame ~ /pwrite/) return "journal and store files: write"
    if (frame ~ /tabletserver\/oplog/) return "journal: frames, queue, checksums"
    if (frame ~ /rocksdb|Rocks/) return "RocksDB store"
    if (frame ~ /tabletserver\/tablet/) return "tablet: pipeline, reads, overlay"
    if (frame ~ /tabletserver\/(api|ops|condition)/) return "api handlers"
    if (frame ~ /tabletserver\/store/) return "RocksDB store"
    if (frame ~ /SocketDispatcher|EPoll|epoll|SocketChannelImpl/) return "sockets and selector"
    if (frame ~ /^org\/springframework/) return "Spring WebFlux"
    if (frame ~ /^reactor\//) return "Reactor and reactor-netty"
    if (frame ~ /^io\/netty/) return "Netty: HTTP codec, buffers, event loop"
    if (frame ~ /^java\/util\/concurrent|LockSupport|Unsafe_(Unp|P)ark|futex/) return "handing over between threads"
    if (frame ~ /Compile|Phase|GenCollect|DefNew|MarkSweep|VM_|VMThread/) return "JVM: compiler and collector"
    return ""
}
{
    stack = $0
    sub(/ [0-9]+$/, "", stack)
    depth = split(stack, frames, ";")
    found = "rest"
    for (i = depth; i > 0; i--) {
        k = kind(frames[i])
        if (k != "") { found = k; break }
    }
    count[found] += $NF
    total += $NF
}
END { for (k in count) printf "%5.1f %%  %s\n", 100 * count[k] / total, k }
