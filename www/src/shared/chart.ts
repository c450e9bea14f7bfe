/** Round trip, delivery time and loss over the last minutes, drawn by uPlot. */
import type { ClientStats } from "guestwire";
import uPlot from "uplot";
import { byId, setText } from "./dom.js";
import { duration } from "./words.js";

/** How many seconds the chart shows, at first and in the end; one sample a second. */
const SHOWN_AT_FIRST = 30;
const SHOWN = 180;

const HEIGHT = 190;

type Column = (number | null)[];

/** The chart's view. */
export class Chart {
  readonly #host = byId("chart", HTMLElement);
  readonly #quality = byId("quality", HTMLElement);
  readonly #summary = byId("chart-summary", HTMLElement);
  readonly #trip = byId("legend-trip", HTMLElement);
  readonly #delivery = byId("legend-delivery", HTMLElement);
  readonly #loss = byId("legend-loss", HTMLElement);
  readonly #times: number[] = [];
  readonly #trips: Column = [];
  readonly #deliveries: Column = [];
  readonly #losses: Column = [];
  readonly #down: boolean[] = [];
  #elapsed: number[] = [];
  #plot: uPlot | undefined;

  constructor() {
    new ResizeObserver(() => {
      this.#plot?.setSize({ width: this.#host.clientWidth, height: HEIGHT });
    }).observe(this.#host);
  }

  /** Something was delivered, so many ms after it was said. */
  delivered(elapsed: number): void {
    this.#elapsed.push(elapsed);
  }

  /** Takes one sample. */
  sample(stats: ClientStats): void {
    const elapsed = this.#elapsed.splice(0);
    const mean = elapsed.length > 0 ? elapsed.reduce((sum, value) => sum + value, 0) / elapsed.length : null;
    const connected = stats.state === "connected";
    this.#times.push(Date.now() / 1000);
    this.#trips.push(connected ? stats.roundTrip.last : null);
    this.#deliveries.push(mean);
    this.#losses.push(stats.loss === null ? null : stats.loss * 100);
    this.#down.push(!connected);
    for (const column of [this.#times, this.#trips, this.#deliveries, this.#losses, this.#down]) {
      if (column.length > SHOWN) column.shift();
    }
    this.#plot?.setData(this.#data());
    this.#figures(stats, mean);
  }

  /** Draws it anew, in the colours of the theme. */
  redraw(): void {
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), this.#data(), this.#host);
  }

  #figures({ roundTrip, loss, quality }: ClientStats, delivery: number | null): void {
    setText(this.#trip, roundTrip.last === null ? "–" : duration(roundTrip.last));
    if (delivery !== null) setText(this.#delivery, duration(delivery));
    setText(this.#loss, loss === null ? "–" : `${Math.round(loss * 100)} %`);
    this.#quality.dataset.quality = roundTrip.samples > 0 ? quality : "none";
    if (roundTrip.mean === null || roundTrip.p95 === null) return;
    const figures = `mean ${duration(roundTrip.mean)}, p95 ${duration(roundTrip.p95)}`;
    setText(this.#quality, `${quality.toLowerCase()} · ${figures}`);
    setText(this.#summary, `Round trip ${figures}, loss ${Math.round((loss ?? 0) * 100)} per cent.`);
  }

  #data(): uPlot.AlignedData {
    return [this.#times, this.#trips, this.#deliveries, this.#losses];
  }

  #options(): uPlot.Options {
    // A custom property comes as it was written; a colour comes as it is meant in this theme.
    const colour = (name: string): string => {
      this.#host.style.color = `var(${name})`;
      return getComputedStyle(this.#host).color;
    };
    const axis = { stroke: colour("--muted"), font: "11px system-ui, sans-serif", ticks: { show: false } };
    const grid = { stroke: colour("--hairline"), width: 1 };
    return {
      width: this.#host.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      padding: [10, 4, 0, 0],
      scales: {
        x: { time: true, range: (_, min, max) => [Math.min(min, max - SHOWN_AT_FIRST), max] },
        ms: { range: (_, __, max) => [0, Math.max(50, (max ?? 0) * 1.15)] },
        "%": { range: [0, 100] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 70, size: 30, values: (_, splits) => splits.map(ago) },
        {
          ...axis,
          scale: "ms",
          grid,
          size: 56,
          values: (_, splits) => splits.map((value) => duration(value)),
        },
        {
          ...axis,
          scale: "%",
          side: 1,
          grid: { show: false },
          size: 44,
          values: (_, splits) => splits.map((value) => `${value} %`),
        },
      ],
      series: [
        {},
        { scale: "ms", stroke: colour("--accent"), width: 2, points: { show: false } },
        {
          scale: "ms",
          stroke: colour("--delivery"),
          paths: () => null,
          points: { show: true, size: 6, fill: colour("--delivery") },
        },
        {
          scale: "%",
          stroke: colour("--bad"),
          width: 1.5,
          fill: colour("--bad-wash"),
          points: { show: false },
        },
      ],
      hooks: { drawClear: [(plot) => this.#shade(plot, colour("--down-wash"))] },
    };
  }

  /** Shades the times at which there was no connection. */
  #shade(plot: uPlot, colour: string): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.fillStyle = colour;
    for (const [index, down] of this.#down.entries()) {
      if (!down) continue;
      const at = this.#times[index] ?? 0;
      // Whole pixels, or the seams between the seconds would show.
      const from = Math.floor(Math.max(bbox.left, plot.valToPos(at - 1, "x", true)));
      const to = Math.ceil(plot.valToPos(at, "x", true));
      if (to > from) ctx.fillRect(from, bbox.top, to - from, bbox.height);
    }
    ctx.restore();
  }
}

function ago(second: number): string {
  const date = new Date(second * 1000);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((n) => String(n).padStart(2, "0"))
    .join(":");
}
