import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// File names stay the same from build to build: the server lists them, and the version is a hash of what is in them.
export default defineConfig({
  base: "./",
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false },
  build: {
    outDir: "../src/duban/field/static/field",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    rollupOptions: {
      input: "src/main.ts",
      output: {
        entryFileNames: "app.js",
        chunkFileNames: "[name].js",
        assetFileNames: (one) => (one.names[0]?.endsWith(".css") ? "app.css" : "[name][extname]"),
        manualChunks: (id) => (id.includes("xforms-engine") ? "engine" : undefined),
      },
    },
  },
});
