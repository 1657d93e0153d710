package io.ebla.clustertest.reshape;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.EnvOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SstFileWriter;

/**
 * What a move of a tablet is measured against: one process walks all records of a RocksDB and streams them
 * over gRPC in chunks, another one writes them into table files with an {@link SstFileWriter}. Nothing is
 * checked, resumed, limited or put to use.
 *
 * <p>{@code send FOLDER PORT} ends when its input does; {@code receive PORT FOLDER} prints how many bytes
 * came and within how many milliseconds.
 */
public final class BareMove {

    private static final int CHUNK_BYTES = 256 << 10;
    private static final long READ_AHEAD_BYTES = 1 << 20;
    private static final long TABLE_FILE_BYTES = 32L << 20;

    private static final MethodDescriptor<byte[], byte[]> STREAM =
            MethodDescriptor.<byte[], byte[]>newBuilder()
                    .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                    .setFullMethodName(MethodDescriptor.generateFullMethodName("bare", "stream"))
                    .setRequestMarshaller(new Plain())
                    .setResponseMarshaller(new Plain())
                    .build();

    private BareMove() {}

    public static void main(String[] arguments) throws Exception {
        RocksDB.loadLibrary();
        switch (arguments[0]) {
            case "send" -> send(Path.of(arguments[1]), Integer.parseInt(arguments[2]));
            case "receive" -> receive(Integer.parseInt(arguments[1]), Path.of(arguments[2]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    // ---------------------------------------------------------------- sending

    private static void send(Path folder, int port) throws IOException, InterruptedException {
        ServerServiceDefinition service =
                ServerServiceDefinition.builder("bare")
                        .addMethod(
                                STREAM,
                                ServerCalls.asyncServerStreamingCall(
                                        (request, to) -> stream(folder, to)))
                        .build();
        Server server = NettyServerBuilder.forPort(port).addService(service).build().start();
        System.out.println("listens");
        while (System.in.read() >= 0) {
            // Until there is nobody any more who wants it.
        }
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    private static void stream(Path folder, StreamObserver<byte[]> to) {
        ServerCallStreamObserver<byte[]> receiver = (ServerCallStreamObserver<byte[]>) to;
        Records records = new Records(folder);
        receiver.setOnReadyHandler(
                () -> {
                    while (receiver.isReady() && !records.ended) {
                        byte[] chunk = records.chunk();
                        if (chunk.length > 0) {
                            receiver.onNext(chunk);
                        }
                        if (records.ended) {
                            receiver.onCompleted();
                        }
                    }
                });
    }

    /** All records of a database, one key space after another; closed with the process. */
    private static final class Records {

        private final RocksDB db;
        private final List<ColumnFamilyHandle> families = new ArrayList<>();
        private final ReadOptions options =
                new ReadOptions().setFillCache(false).setReadaheadSize(READ_AHEAD_BYTES);
        private int space;
        private RocksIterator iterator;
        private boolean ended;

        private Records(Path folder) {
            try {
                List<ColumnFamilyDescriptor> all = new ArrayList<>();
                for (byte[] name : RocksDB.listColumnFamilies(new Options(), folder.toString())) {
                    all.add(new ColumnFamilyDescriptor(name));
                }
                db = RocksDB.openReadOnly(new DBOptions(), folder.toString(), all, families);
            } catch (RocksDBException failure) {
                throw new IllegalStateException(failure);
            }
            seek();
        }

        private void seek() {
            iterator = db.newIterator(families.get(space), options);
            iterator.seekToFirst();
            while (!ended && !iterator.isValid()) {
                iterator.close();
                space++;
                ended = space == families.size();
                if (!ended) {
                    iterator = db.newIterator(families.get(space), options);
                    iterator.seekToFirst();
                }
            }
        }

        /** Records as {@code space, length of the key, key, length of the value, value}. */
        private byte[] chunk() {
            List<byte[]> parts = new ArrayList<>();
            int bytes = 0;
            int from = space;
            while (!ended && space == from && bytes < CHUNK_BYTES) {
                byte[] key = iterator.key();
                byte[] value = iterator.value();
                parts.add(key);
                parts.add(value);
                bytes += key.length + value.length + 8;
                iterator.next();
                if (!iterator.isValid()) {
                    iterator.close();
                    space++;
                    ended = space == families.size();
                    if (!ended) {
                        seek();
                    }
                }
            }
            ByteBuffer chunk = ByteBuffer.allocate(4 + bytes).putInt(from);
            for (byte[] part : parts) {
                chunk.putInt(part.length).put(part);
            }
            return chunk.array();
        }
    }

    // ---------------------------------------------------------------- receiving

    private static void receive(int port, Path folder)
            throws RocksDBException, InterruptedException {
        ManagedChannel channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port)
                        .usePlaintext()
                        .maxInboundMessageSize(64 << 20)
                        .build();
        long begun = System.nanoTime();
        Iterator<byte[]> chunks =
                ClientCalls.blockingServerStreamingCall(
                        channel, STREAM, CallOptions.DEFAULT, new byte[0]);
        long bytes = 0;
        try (Tables tables = new Tables(folder)) {
            while (chunks.hasNext()) {
                byte[] chunk = chunks.next();
                bytes += chunk.length;
                tables.write(ByteBuffer.wrap(chunk));
            }
        }
        System.out.printf(
                "%d bytes %d ms%n",
                bytes, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    /** Table files as the stores of Ebla have them: so compressed, with such filters, and as large. */
    private static final class Tables implements AutoCloseable {

        private final Path folder;
        private final Options options =
                new Options()
                        .setCompressionType(CompressionType.LZ4_COMPRESSION)
                        .setTableFormatConfig(
                                new BlockBasedTableConfig()
                                        .setBlockSize(8 << 10)
                                        .setFilterPolicy(new BloomFilter(10)));
        private SstFileWriter file;
        private int space = -1;
        private int files;

        private Tables(Path folder) {
            this.folder = folder;
        }

        private void write(ByteBuffer chunk) throws RocksDBException {
            int of = chunk.getInt();
            if (of != space || file.fileSize() > TABLE_FILE_BYTES) {
                close();
                file = new SstFileWriter(new EnvOptions(), options);
                file.open(folder.resolve(files++ + ".sst").toString());
                space = of;
            }
            while (chunk.hasRemaining()) {
                file.put(next(chunk), next(chunk));
            }
        }

        private static byte[] next(ByteBuffer chunk) {
            byte[] bytes = new byte[chunk.getInt()];
            chunk.get(bytes);
            return bytes;
        }

        /** It is synced then. */
        @Override
        public void close() throws RocksDBException {
            if (file != null) {
                file.finish();
                file.close();
                file = null;
            }
        }
    }

    /** Bytes as they are. */
    private static final class Plain implements MethodDescriptor.Marshaller<byte[]> {

        @Override
        public InputStream stream(byte[] bytes) {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }
    }
}
