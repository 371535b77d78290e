package millrace.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;

/**
 * Nexmark's queries in the DSL of Kafka Streams. Results are updates, as the cache lets them out; grace is longer than
 * the data, so that a thread that lags behind drops nothing. Numbers of two stages (q5, q7) are folded by key first.
 */
final class Queries {
  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final Duration SLIDE = Duration.ofSeconds(2);
  private static final Duration GRACE = Duration.ofSeconds(600);
  private static final long SLICES = 4;
  private final Registry registry;
  private final StreamsBuilder builder;
  private final Path schemas;
  private final String input;
  private final String output;

  Queries(Registry registry, StreamsBuilder builder, Path schemas, String input, String output) {
    this.registry = registry;
    this.builder = builder;
    this.schemas = schemas;
    this.input = input;
    this.output = output;
  }

  void build(String query) throws IOException {
    switch (query) {
      case "q0" -> write(read());
      case "q1" -> euros();
      case "q2" -> chosenAuctions();
      case "q5" -> hotItems();
      case "q7" -> highestBids();
      case "q8" -> newSellers();
      case "q11" -> sessions();
      default -> throw new IllegalArgumentException(query);
    }
  }

  private void euros() throws IOException {
    Schema schema = schema("bid_euro");
    write(read("bid").mapValues(bid -> record(schema, bid.get(0), bid.get(1), (Long) bid.get(2) * 0.908,
        bid.get(3), bid.get(4), bid.get(5), bid.get(6))));
  }

  private void chosenAuctions() throws IOException {
    Schema schema = schema("auction_price");
    write(read("bid").filter((key, bid) -> (Long) bid.get(0) % 123 == 0)
        .mapValues(bid -> record(schema, bid.get(0), bid.get(2))));
  }

  /** The auction with the most bids of each window; of several the one with the lowest id. */
  private void hotItems() throws IOException {
    Schema schema = schema("hot_item");
    KStream<byte[], GenericRecord> hottest = read("bid")
        .map((key, bid) -> KeyValue.pair((Long) bid.get(0), 1L))
        .groupByKey(Grouped.with("auction", Longs.ONE, Longs.ONE))
        .windowedBy(TimeWindows.ofSizeAndGrace(WINDOW, GRACE).advanceBy(SLIDE))
        .count(Materialized.with(Longs.ONE, Longs.ONE))
        .toStream()
        .map((window, bids) -> KeyValue.pair(window.window().start(), new Longs.Pair(window.key(), bids)))
        .groupByKey(Grouped.with("window", Longs.ONE, Longs.TWO))
        .aggregate(() -> new Longs.Pair(-1, -1), (start, one, most) -> isHotter(one, most) ? one : most,
            Materialized.with(Longs.ONE, Longs.TWO))
        .toStream()
        .map((start, most) -> withoutKey(record(schema, start, most.first(), most.second())));
    write(hottest);
  }

  private static boolean isHotter(Longs.Pair one, Longs.Pair most) {
    return one.second() > most.second() || (one.second() == most.second() && one.first() < most.first());
  }

  private void highestBids() throws IOException {
    Schema schema = schema("highest_bid");
    KStream<byte[], GenericRecord> highest = read("bid")
        .map((key, bid) -> KeyValue.pair((Long) bid.get(0) % SLICES,
            new Longs.Triple((Long) bid.get(0), (Long) bid.get(1), (Long) bid.get(2))))
        .groupByKey(Grouped.with("slice", Longs.ONE, Longs.THREE))
        .windowedBy(TimeWindows.ofSizeAndGrace(WINDOW, GRACE))
        .reduce(Queries::higher, Materialized.with(Longs.ONE, Longs.THREE))
        .toStream()
        .map((window, bid) -> KeyValue.pair(window.window().start(), bid))
        .groupByKey(Grouped.with("window", Longs.ONE, Longs.THREE))
        .reduce(Queries::higher, Materialized.with(Longs.ONE, Longs.THREE))
        .toStream()
        .map((start, bid) -> withoutKey(record(schema, start, bid.first(), bid.second(), bid.third())));
    write(highest);
  }

  private static Longs.Triple higher(Longs.Triple before, Longs.Triple bid) {
    return bid.third() > before.third() ? bid : before;
  }

  /** Persons with the auctions that they opened within ten seconds. A topic is read once, so it is split. */
  private void newSellers() throws IOException {
    Schema schema = schema("new_seller");
    Map<String, KStream<byte[], GenericRecord>> kinds = read("person", "auction")
        .split(Named.as("kind-"))
        .branch((key, record) -> record.getSchema().getName().equals("person"), Branched.as("person"))
        .defaultBranch(Branched.as("auction"));
    KStream<Long, String> persons = kinds.get("kind-person")
        .map((key, person) -> KeyValue.pair((Long) person.get("id"), person.get("name").toString()));
    KStream<Long, Long> auctions = kinds.get("kind-auction")
        .map((key, auction) -> KeyValue.pair((Long) auction.get("seller"), (Long) auction.get("id")));
    KStream<Long, GenericRecord> sellers = persons.join(auctions,
        (person, name, auction) -> record(schema, person, name, auction),
        JoinWindows.ofTimeDifferenceAndGrace(WINDOW, GRACE),
        StreamJoined.with(Longs.ONE, Serdes.String(), Longs.ONE));
    write(sellers.map((person, seller) -> withoutKey(seller)));
  }

  private void sessions() throws IOException {
    Schema schema = schema("bidder_session");
    KStream<byte[], GenericRecord> sessions = read("bid")
        .map((key, bid) -> KeyValue.pair((Long) bid.get(1), 1L))
        .groupByKey(Grouped.with("bidder", Longs.ONE, Longs.ONE))
        .windowedBy(SessionWindows.ofInactivityGapAndGrace(WINDOW, GRACE))
        .count(Materialized.with(Longs.ONE, Longs.ONE))
        .toStream()
        .filter((session, bids) -> bids != null)
        .map((session, bids) -> withoutKey(
            record(schema, session.key(), session.window().start(), session.window().end(), bids)));
    write(sessions);
  }

  private KStream<byte[], GenericRecord> read(String... types) {
    return builder.stream(input, Consumed.with(Serdes.ByteArray(), AvroRecords.serde(registry, types)))
        .filter((key, record) -> record != null);
  }

  private void write(KStream<byte[], GenericRecord> results) {
    results.to(output, Produced.with(Serdes.ByteArray(), AvroRecords.serde(registry)));
  }

  private static KeyValue<byte[], GenericRecord> withoutKey(GenericRecord record) {
    return KeyValue.pair(null, record);
  }

  private Schema schema(String name) throws IOException {
    return new Schema.Parser().parse(schemas.resolve(name + ".avsc").toFile());
  }

  private static GenericRecord record(Schema schema, Object... values) {
    GenericRecord record = new GenericData.Record(schema);
    for (int field = 0; field < values.length; field++) record.put(field, values[field]);
    return record;
  }
}
