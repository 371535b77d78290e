package millrace.peer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;

/**
 * One of Nexmark's queries on Kafka Streams, exactly once and tuned, until SIGTERM. It says `started` once it is about to
 * read; whoever measures looks from outside. Arguments: query, brokers, registry, application id, input topic, output
 * topic, folder of schemas, folder for state.
 */
public final class NexmarkPeer {
  private NexmarkPeer() {}

  public static void main(String[] arguments) throws Exception {
    String query = arguments[0];
    Registry registry = new Registry(arguments[2]);
    StreamsBuilder builder = new StreamsBuilder();
    new Queries(registry, builder, Path.of(arguments[6]), arguments[4], arguments[5]).build(query);
    Properties properties = tuned(arguments[1], arguments[3], arguments[7]);
    KafkaStreams streams = new KafkaStreams(builder.build(properties), properties);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(3);
      return null;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    System.out.println("started");
    streams.start();
  }

  private static Properties tuned(String brokers, String applicationId, String stateFolder) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", brokers);
    properties.put("application.id", applicationId);
    properties.put("state.dir", stateFolder);
    properties.put("processing.guarantee", "exactly_once_v2");
    properties.put("commit.interval.ms", "100");
    properties.put("num.stream.threads", "2");
    properties.put("statestore.cache.max.bytes", String.valueOf(64 << 20));
    properties.put("topology.optimization", "all");
    properties.put("replication.factor", "1");
    properties.put("buffered.records.per.partition", "5000");
    properties.put("consumer.auto.offset.reset", "earliest");
    properties.put("consumer.max.poll.records", "5000");
    properties.put("consumer.max.partition.fetch.bytes", String.valueOf(4 << 20));
    properties.put("consumer.fetch.max.wait.ms", "50");
    properties.put("producer.linger.ms", "20");
    properties.put("producer.batch.size", String.valueOf(256 << 10));
    properties.put("producer.buffer.memory", String.valueOf(128 << 20));
    return properties;
  }
}
