// The page at `/` of the HTTP door: Swagger UI over the door's own document. Nothing is asked of any other server.
// A door that asks for keys tells of the streams of a key: it is asked for once and goes with every request.
const path = '/v1/openapi.json';
let key;
const headers = () => (key ? { 'x-api-key': key } : {});
let answer = await fetch(path);
while (answer.status === 401) {
  key = window.prompt('The door asks for a key (mrk_…):');
  if (!key) break;
  answer = await fetch(path, { headers: headers() });
}
window.SwaggerUIBundle({
  url: path,
  dom_id: '#api',
  deepLinking: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: -1,
  docExpansion: 'list',
  displayRequestDuration: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    Object.assign(request.headers, headers());
    return request;
  },
});
