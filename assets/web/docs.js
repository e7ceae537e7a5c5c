// The Swagger UI on our own OpenAPI document; nothing comes from elsewhere, so no validator's badge either.
window.SwaggerUIBundle({
  dom_id: "#ui",
  url: "/openapi.json",
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
});
