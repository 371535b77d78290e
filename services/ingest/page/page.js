// The page at `/` of the HTTP door: Swagger UI over the door's own document. Nothing is asked of any other server.
window.SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: -1,
  docExpansion: 'list',
  displayRequestDuration: true,
  validatorUrl: null,
});
