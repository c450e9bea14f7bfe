/** Faults that break any service, and the fields that faults have. */
import type { Field, Tool } from "./faults.js";

/** For so many occasions. */
export const count = (value: number): Field => ({ name: "count", label: "times", value, min: 1, max: 1000 });
/** For so many milliseconds. */
export const ms = (value: number): Field => ({ name: "ms", label: "ms", value, min: 1, max: 600_000 });

const CLOSE_CODES = [
  [1000, "1000 ended"],
  [1001, "1001 going away"],
  [1006, "1006 no close frame"],
  [1011, "1011 error"],
  [1012, "1012 restart"],
  [1013, "1013 try later"],
  [4401, "4401 unauthorised"],
  [4404, "4404 session gone"],
] as const;

/** A close frame, with a code. */
export const CLOSE: Tool = {
  fault: "close",
  title: "Close the socket",
  verb: "Close",
  hint: "with a code",
  fields: [{ name: "code", label: "code", value: 1012, min: 1000, max: 4999, choices: CLOSE_CODES }],
  own: true,
};

/** The connection is cut. */
export const RESET: Tool = {
  fault: "reset",
  title: "Reset the link",
  verb: "Reset",
  hint: "the TCP connection is cut",
  fields: [],
  own: true,
};

/** A link that is half-open. */
export const SILENCE: Tool = {
  fault: "silence",
  title: "Silence",
  verb: "Silence",
  hint: "half-open: nothing is read or answered, then it is cut",
  fields: [ms(20_000)],
  own: true,
};

/** A service that goes away for half a second. */
export const RESTART: Tool = {
  fault: "restart",
  title: "Restart the service",
  verb: "Restart",
  hint: "the service goes away and comes back",
  fields: [],
};
