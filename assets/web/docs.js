// The Swagger UI on our own OpenAPI document; nothing comes from elsewhere, so no validator's badge either.
window.SwaggerUIBundle({
  dom_id: "#ui",
  url: "/openapi.json",
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
});

// What the Swagger UI leaves without a name, and links inside buttons, which a screen reader cannot tell apart; the
// address of an operation still stands in the address bar when it is opened.
const mend = () => {
  document.getElementById("servers")?.setAttribute("aria-label", "Server");
  for (const link of document.querySelectorAll(".opblock-summary-control a[href]")) link.removeAttribute("href");
};
new MutationObserver(mend).observe(document.getElementById("ui"), { childList: true, subtree: true });
