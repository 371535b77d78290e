package millrace.peer;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** What internal topics and stores carry: longs of fixed width, cheaper than Avro and enough here. */
final class Longs {
  private Longs() {}

  record Pair(long first, long second) {}

  record Triple(long first, long second, long third) {}

  static final Serde<Long> ONE = Serdes.Long();

  static final Serde<Pair> TWO = Serdes.serdeFrom(
      (topic, value) -> value == null ? null
          : ByteBuffer.allocate(16).putLong(value.first).putLong(value.second).array(),
      (topic, bytes) -> {
        if (bytes == null) return null;
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new Pair(buffer.getLong(), buffer.getLong());
      });

  static final Serde<Triple> THREE = Serdes.serdeFrom(
      (topic, value) -> value == null ? null
          : ByteBuffer.allocate(24).putLong(value.first).putLong(value.second).putLong(value.third).array(),
      (topic, bytes) -> {
        if (bytes == null) return null;
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new Triple(buffer.getLong(), buffer.getLong(), buffer.getLong());
      });
}
