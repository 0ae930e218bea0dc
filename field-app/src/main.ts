import { createApp } from "vue";
import { app, start } from "./app";
import App from "./App.vue";
import "./app.css";

void start().then(() => createApp(App).mount("#app"));

if ("serviceWorker" in navigator) {
  void navigator.serviceWorker.register("worker.js").then((found) => {
    const told = (): void => {
      if (found.waiting && navigator.serviceWorker.controller) app.hasUpdate = true;
    };
    told();
    found.addEventListener("updatefound", () => found.installing?.addEventListener("statechange", told));
  });
  let hadController = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (hadController) location.reload(); // a new version was asked for; drafts are saved at every edit
    hadController = true;
  });
}
