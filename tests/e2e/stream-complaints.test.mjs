// What goes wrong without a client that knows better (protocols/streaming.md, "What goes wrong without it"), each with the loop
// that most programs have. A story that this loop survives would prove nothing.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Complaint, complaints } from "./lib/complaints.mjs";
import { NaiveStream } from "./lib/naive-stream.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { Stream } from "./lib/stream.mjs";

const LIMIT = { timeout: 120_000 };

describe("a plain loop around an event stream", { concurrency: true }, () => {
  const start = (gateway, options) => new NaiveStream(gateway, APPLICATION, options);
  for (const [complaint, story] of Object.entries(complaints)) {
    test(`fails: ${complaint}`, LIMIT, async (t) => {
      await assert.rejects(story(t, start), Complaint);
    });
  }
});

describe("a StreamClient, with the options that it has by default", { concurrency: true }, () => {
  const start = (gateway, options) => new Stream(gateway, options);
  for (const [complaint, story] of Object.entries(complaints)) {
    test(`has no part in: ${complaint}`, LIMIT, (t) => story(t, start));
  }
});
