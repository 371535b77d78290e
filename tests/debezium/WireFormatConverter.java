package millrace;

import io.apicurio.registry.utils.converter.avro.AvroData;
import io.apicurio.registry.utils.converter.avro.AvroDataConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.generic.GenericContainer;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;

/**
 * Connect data to Avro in Confluent's wire format, with the subjects and schemas of Confluent's AvroConverter, whose
 * build is not on Maven Central: AvroData makes the schema, the registry gives the id (looked up once per schema),
 * the bytes are 0, four bytes of id, the datum. Apicurio's own converter prints the whole schema for every record,
 * which would make Debezium look half as fast as it is.
 */
public class WireFormatConverter implements Converter {
  private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*(\\d+)");

  private static final class Registered {
    final int id;
    final GenericDatumWriter<Object> writer;

    Registered(int id, GenericDatumWriter<Object> writer) {
      this.id = id;
      this.writer = writer;
    }
  }

  private final Map<String, IdentityHashMap<org.apache.avro.Schema, Registered>> bySubject = new HashMap<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private AvroData avro;
  private String registryUrl;
  private String suffix;
  private BinaryEncoder encoder;

  public void configure(Map<String, ?> settings, boolean isKey) {
    avro = new AvroData(new AvroDataConfig(Map.of()));
    registryUrl = String.valueOf(settings.get("registry.url"));
    suffix = isKey ? "-key" : "-value";
  }

  public byte[] fromConnectData(String topic, Schema connectSchema, Object value) {
    if (value == null) return null;
    org.apache.avro.Schema schema = avro.fromConnectSchema(connectSchema);
    Object datum = avro.fromConnectData(connectSchema, value);
    if (datum instanceof GenericContainer) schema = ((GenericContainer) datum).getSchema();
    try {
      Registered registered = registeredAs(topic + suffix, schema);
      ByteArrayOutputStream out = new ByteArrayOutputStream(512);
      out.write(0);
      out.write(ByteBuffer.allocate(4).putInt(registered.id).array());
      encoder = EncoderFactory.get().directBinaryEncoder(out, encoder);
      registered.writer.write(datum, encoder);
      encoder.flush();
      return out.toByteArray();
    } catch (IOException error) {
      throw new DataException("Avro of " + topic, error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new DataException("interrupted", error);
    }
  }

  private Registered registeredAs(String subject, org.apache.avro.Schema schema)
      throws IOException, InterruptedException {
    IdentityHashMap<org.apache.avro.Schema, Registered> known =
        bySubject.computeIfAbsent(subject, name -> new IdentityHashMap<>());
    Registered registered = known.get(schema);
    if (registered == null) {
      GenericDatumWriter<Object> writer = new GenericDatumWriter<>(schema, GenericData.get());
      registered = new Registered(register(subject, schema), writer);
      known.put(schema, registered);
    }
    return registered;
  }

  private int register(String subject, org.apache.avro.Schema schema) throws IOException, InterruptedException {
    // the registry of the stack refuses this default of a text column; escaped it is the same JSON
    String json = schema.toString().replace("\"default\":\"{}\"", "\"default\":\"\\u007b}\"");
    String text = json.replace("\\", "\\\\").replace("\"", "\\\"");
    URI uri = URI.create(registryUrl + "/subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8) + "/versions");
    HttpRequest request = HttpRequest.newBuilder(uri)
        .header("Content-Type", "application/vnd.schemaregistry.v1+json")
        .POST(HttpRequest.BodyPublishers.ofString("{\"schema\":\"" + text + "\"}"))
        .build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    Matcher id = ID.matcher(answer.body());
    if (answer.statusCode() != 200 || !id.find())
      throw new IOException("registry: " + answer.statusCode() + " " + answer.body() + " for " + json);
    return Integer.parseInt(id.group(1));
  }

  public SchemaAndValue toConnectData(String topic, byte[] bytes) {
    throw new DataException("this converter writes only");
  }

  public ConfigDef config() {
    return new ConfigDef();
  }
}
