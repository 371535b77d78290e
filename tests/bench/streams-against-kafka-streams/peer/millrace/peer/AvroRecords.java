package millrace.peer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Generic Avro in the Confluent wire format, tuned as by a team that has measured: readers, writers, coders and the
 * output buffer are kept for each thread. A record of a type that is not wanted is not decoded and comes as null.
 */
final class AvroRecords {
  private static final int HEADER_BYTES = 5;

  private AvroRecords() {}

  /** For records of the named types; of every type when none is named. */
  static Serde<GenericRecord> serde(Registry registry, String... wanted) {
    Set<String> names = Set.of(wanted);
    ThreadLocal<Reading> readings = ThreadLocal.withInitial(() -> new Reading(registry, names));
    ThreadLocal<Writing> writings = ThreadLocal.withInitial(() -> new Writing(registry));
    Deserializer<GenericRecord> reader = (topic, bytes) -> bytes == null ? null : readings.get().read(bytes);
    Serializer<GenericRecord> writer = (topic, value) -> value == null ? null : writings.get().write(value);
    return Serdes.serdeFrom(writer, reader);
  }

  private static final class Reading {
    private final Registry registry;
    private final Set<String> names;
    private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new HashMap<>();
    private BinaryDecoder decoder;

    Reading(Registry registry, Set<String> names) {
      this.registry = registry;
      this.names = names;
    }

    GenericRecord read(byte[] bytes) {
      int id = ByteBuffer.wrap(bytes).getInt(1);
      GenericDatumReader<GenericRecord> reader = readers.get(id);
      if (reader == null) {
        if (readers.containsKey(id)) return null;
        Schema schema = registry.schema(id);
        reader = names.isEmpty() || names.contains(schema.getName()) ? new GenericDatumReader<>(schema) : null;
        readers.put(id, reader);
        if (reader == null) return null;
      }
      decoder = DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, decoder);
      try {
        return reader.read(null, decoder);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  }

  private static final class Writing {
    private final Registry registry;
    private final Map<Schema, GenericDatumWriter<GenericRecord>> writers = new IdentityHashMap<>();
    private final Map<Schema, Integer> ids = new IdentityHashMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    private BinaryEncoder encoder;

    Writing(Registry registry) {
      this.registry = registry;
    }

    byte[] write(GenericRecord value) {
      Schema schema = value.getSchema();
      out.reset();
      out.writeBytes(ByteBuffer.allocate(HEADER_BYTES).put((byte) 0).putInt(ids.computeIfAbsent(schema, registry::id)).array());
      encoder = EncoderFactory.get().directBinaryEncoder(out, encoder);
      try {
        writers.computeIfAbsent(schema, GenericDatumWriter::new).write(value, encoder);
        encoder.flush();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
      return out.toByteArray();
    }
  }
}
