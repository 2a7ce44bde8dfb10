import { defineConfig, type Plugin } from "vite";
import { tex } from "./scripts/tex/plugin.ts";

/** The built page runs its own files and nothing else; only the notebook's word list comes from elsewhere, on request. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self' https://raw.githubusercontent.com",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/**
 * As headers, in the form that many hosts of static sites read. They say what a page cannot say of itself: a worker keeps to the policy
 * of its own response only, and no page can forbid others to frame it.
 */
const HEADERS = `/*
  Content-Security-Policy: ${POLICY}; frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
`;

/** At build only: the dev server's own client puts styles into the page's text. */
const contentSecurityPolicy = (): Plugin => ({
  name: "content-security-policy",
  apply: "build",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "_headers", source: HEADERS });
  },
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
      injectTo: "head-prepend",
    },
  ],
});

// Relative URLs, so that the built page works from any folder of a site.
export default defineConfig({
  base: "./",
  build: { outDir: "dist-lab", target: "es2022" },
  plugins: [tex(), contentSecurityPolicy()],
  // The worker is a module too, so that its rarely used parts can load when they are needed.
  worker: { format: "es" },
});
