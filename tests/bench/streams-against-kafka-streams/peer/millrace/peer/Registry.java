package millrace.peer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;

/** The two calls of a schema registry that serializers need. Each schema is asked for once. */
final class Registry {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final String url;
  private final Map<Integer, Schema> byId = new ConcurrentHashMap<>();
  private final Map<Schema, Integer> ids = new ConcurrentHashMap<>();

  Registry(String url) {
    this.url = url;
  }

  Schema schema(int id) {
    return byId.computeIfAbsent(id, wanted -> {
      JsonNode answer = send(HttpRequest.newBuilder(URI.create(url + "/schemas/ids/" + wanted)).build());
      Schema schema = new Schema.Parser().parse(answer.get("schema").asText());
      ids.putIfAbsent(schema, wanted);
      return schema;
    });
  }

  /** The id of a schema: as it came with a record, or registered for the subject named after it. */
  int id(Schema schema) {
    return ids.computeIfAbsent(schema, wanted -> {
      String body = JSON.createObjectNode().put("schema", wanted.toString()).toString();
      String path = "/subjects/bench-" + wanted.getFullName() + "/versions";
      return send(HttpRequest.newBuilder(URI.create(url + path))
          .header("content-type", "application/vnd.schemaregistry.v1+json")
          .POST(HttpRequest.BodyPublishers.ofString(body))
          .build()).get("id").asInt();
    });
  }

  private JsonNode send(HttpRequest request) {
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= 300) throw new IOException(request.uri() + ": " + answer.body());
      return JSON.readTree(answer.body());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (InterruptedException error) {
      throw new IllegalStateException(error);
    }
  }
}
