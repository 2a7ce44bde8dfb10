import { defineConfig } from "vite";

// Relative URLs, so that the built page works from any folder of a site.
export default defineConfig({ base: "./", build: { outDir: "dist-lab", target: "es2022" } });
