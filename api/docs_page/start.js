// What of Scalar is on. Whatever would reach another host is off; the page's Content-Security-Policy sees to it as well.
Scalar.createApiReference("#docs", {
  url: "openapi.json",
  agent: { disabled: true },
  telemetry: false,
  withDefaultFonts: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  // Tokens and keys are forgotten when the page is closed.
  persistAuth: false,
  authentication: { preferredSecurityScheme: [["bearerToken", "adminApiKey"]] },
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  hiddenClients: {
    shell: ["httpie", "wget"],
    python: ["aiohttp", "httpx_async", "httpx_sync", "python3"],
    js: ["axios", "jquery", "ofetch", "xhr"],
    ...Object.fromEntries(
      ["c", "clojure", "csharp", "dart", "fsharp", "http", "java", "kotlin", "node", "objc", "ocaml", "php", "powershell", "r", "rust", "swift"].map(
        (target) => [target, true],
      ),
    ),
  },
  defaultOpenAllTags: true,
  documentDownloadType: "json",
  metaData: { title: "shadow-sync API" },
});
