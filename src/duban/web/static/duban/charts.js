// Charts from the JSON beside them. ECharts is fetched only when a page has a chart. No animation; canvas tooltips
// (richText), because the content security policy allows no inline style. Bars and points lead to their rows.

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const tone = (line, place) => token(`--chart-${line.tone ?? place + 1}`);
let library;

function fetchLibrary() {
  library ??= new Promise((done, failed) => {
    if (window.echarts) return done(window.echarts);
    const script = document.createElement("script");
    script.src = document.querySelector("script[data-echarts]").dataset.echarts;
    script.onload = () => done(window.echarts);
    script.onerror = failed;
    document.head.append(script);
  });
  return library;
}

const text = () => ({ color: token("--ink-2"), fontFamily: token("--face"), fontSize: 12 });
// Three even steps on either side, so that both axes share their lines.
const steps = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 60, 80];
function topOf(rows, side, given) {
  if (given) return given;
  const lines = rows.series.filter((line) => (line.axis === "right") === (side === "right"));
  const highest = Math.max(3, ...lines.flatMap((line) => line.values.map((value) => value ?? 0)));
  const ten = 10 ** Math.max(0, Math.floor(Math.log10(highest / 3)) - 1);
  return 3 * ten * (steps.find((step) => step * ten * 3 >= highest) ?? Math.ceil(highest / 3 / ten));
}
const valueAxis = (rows, unit, side, top) => ({
  type: "value", position: side, min: rows.min ?? 0, max: top, interval: top ? (top - (rows.min ?? 0)) / (rows.max ? 2 : 3) : undefined,
  axisLabel: { ...text(), formatter: unit === "%" ? "{value}%" : "{value}" },
  splitLine: { show: side !== "right", lineStyle: { color: token("--line") } },
});
const categoryAxis = (rows) => ({
  type: "category", data: rows.categories, axisTick: { show: false }, axisLabel: { ...text(), hideOverlap: true },
  axisLine: { lineStyle: { color: token("--line-strong") } },
});
const base = () => ({
  animation: false, textStyle: text(), grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
  tooltip: { renderMode: "richText", trigger: "axis", axisPointer: { type: "shadow" }, backgroundColor: token("--paper"), borderColor: token("--line-strong"), textStyle: { ...text(), color: token("--ink") } },
});

function shownLabel(line, place) {
  const last = line.values.length - 1;
  if (line.labels === "all") return true;
  return (line.labels === "last" && place === last) || (line.labels === "ends" && (place === last || place === 0));
}

function bar(line, place, stack) {
  const light = ["2", "waiting", "working"].includes(String(line.tone ?? place + 1));
  return {
    name: line.name, type: "bar", stack, data: line.values, barMaxWidth: stack ? 18 : 12, barGap: "10%", yAxisIndex: line.axis === "right" ? 1 : 0,
    itemStyle: { color: tone(line, place), borderColor: light && !stack ? token("--chart-1") : undefined, borderWidth: light && !stack ? 0.6 : 0 },
    label: { show: line.labels === "all" || Boolean(stack), color: token(light ? "--ink" : "--paper"), fontWeight: "bold", formatter: ({ value }) => value || "" },
  };
}

function plot(line, place, unit) {
  const colour = tone(line, place);
  return {
    name: line.name, type: "line", yAxisIndex: line.axis === "right" ? 1 : 0, symbol: "circle", symbolSize: 5, connectNulls: false,
    lineStyle: { color: colour, width: 1.6, type: line.dashed ? "dashed" : "solid" }, itemStyle: { color: colour },
    areaStyle: line.area ? { color: token("--heat-1"), opacity: 1 } : undefined,
    data: line.values.map((value, at) => ({
      value, label: { show: shownLabel(line, at), position: at === 0 ? "right" : "top", fontWeight: "bold", color: colour, textBorderColor: token("--paper"), textBorderWidth: 3, formatter: `{c}${unit}` },
    })),
  };
}

function options(kind, rows) {
  const drawn = base();
  if (kind === "stacked") {
    const sums = rows.categories.map((_, at) => rows.series.reduce((sum, line) => sum + (line.values[at] ?? 0), 0));
    drawn.grid.right = 48;
    drawn.xAxis = { ...valueAxis(rows, rows.unit), max: Math.max(1, ...sums), axisLabel: { show: false }, splitLine: { show: false } };
    drawn.yAxis = { ...categoryAxis(rows), inverse: true, axisLine: { show: false } };
    drawn.series = rows.series.map((line, place) => bar(line, place, "all"));
    drawn.series.push({
      name: "", type: "bar", stack: "all", silent: true, data: sums.map(() => 0), tooltip: { show: false },
      label: { show: true, position: "right", color: token("--ink"), formatter: ({ dataIndex }) => `${sums[dataIndex]} ${rows.total_unit ?? ""}` },
    });
    return drawn;
  }
  drawn.xAxis = categoryAxis(rows);
  drawn.yAxis = [valueAxis(rows, rows.unit, "left", topOf(rows, "left", rows.max))];
  if (rows.series.some((line) => line.axis === "right")) drawn.yAxis.push(valueAxis({}, rows.right_unit, "right", topOf(rows, "right", rows.right_max)));
  drawn.series = rows.series.map((line, place) => (line.kind === "line" || kind === "line" ? plot(line, place, rows.unit === "%" ? "%" : "") : bar(line, place)));
  if (kind === "line") { drawn.xAxis.boundaryGap = false; drawn.grid.right = 24; drawn.grid.top = 22; }
  return drawn;
}

async function startChart(place) {
  if (place.dataset.drawn) return;
  place.dataset.drawn = "1";
  const rows = JSON.parse(document.getElementById(place.dataset.rows).textContent);
  const echarts = await fetchLibrary();
  const table = document.getElementById(`${place.id}-table`);
  const keys = place.parentElement.querySelector(".chart-keys");
  place.hidden = false;
  table.hidden = true;
  if (keys && rows.series.length > 1) keys.hidden = false;
  const chart = echarts.init(place, null, { renderer: "canvas" });
  chart.setOption(options(place.dataset.chart, rows));
  chart.on("click", (event) => {
    const url = rows.series[event.seriesIndex]?.urls?.[event.dataIndex];
    if (url) window.location.assign(url);
  });
  new ResizeObserver(() => chart.resize()).observe(place);
  const button = document.querySelector(`[data-chart-table="${place.id}"]`);
  if (!button) return;
  button.hidden = false;
  const [open, close] = [button.textContent, button.dataset.close ?? "看图"];
  button.addEventListener("click", () => {
    table.hidden = !table.hidden;
    place.hidden = !table.hidden;
    if (keys && rows.series.length > 1) keys.hidden = place.hidden;
    button.textContent = table.hidden ? open : close;
    button.setAttribute("aria-expanded", String(!table.hidden));
    if (!place.hidden) chart.resize();
  });
}

export function startCharts(root) {
  for (const place of root.querySelectorAll("[data-chart]")) startChart(place);
}
