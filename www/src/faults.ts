/** The panel that breaks things, through the gateway's control surface. */
import { bindAgent } from "./agent.js";
import { type Fault, fault, mend } from "./control.js";
import { byId, element, setText } from "./dom.js";
import type { ServiceName } from "./service.js";

interface Field {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Choices, where only these make sense. */
  readonly choices?: readonly (readonly [number, string])[];
}

interface Tool {
  readonly fault: string;
  readonly title: string;
  /** What the button says. */
  readonly verb: string;
  readonly hint: string;
  readonly fields: readonly Field[];
  /** Whether it is meant for this page's conversation alone; others are for whoever comes next. */
  readonly own: boolean;
  /** The one service that it is for, where it is not for both. */
  readonly service?: ServiceName;
  /** What else it is asked with. */
  readonly also?: Fault;
}

const count = (value: number): Field => ({ name: "count", label: "times", value, min: 1, max: 1000 });
const ms = (value: number): Field => ({ name: "ms", label: "ms", value, min: 1, max: 600_000 });

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

const TOOLS: readonly Tool[] = [
  {
    fault: "close",
    title: "Close",
    verb: "Close",
    hint: "the socket, with a code",
    fields: [{ name: "code", label: "code", value: 1012, min: 1000, max: 4999, choices: CLOSE_CODES }],
    own: true,
  },
  {
    fault: "reset",
    title: "Reset the link",
    verb: "Reset",
    hint: "the TCP connection is cut",
    fields: [],
    own: true,
  },
  {
    fault: "silence",
    title: "Silence",
    verb: "Silence",
    hint: "half-open: nothing is read or answered, then it is cut",
    fields: [ms(20_000)],
    own: true,
  },
  {
    fault: "restart",
    title: "Restart the service",
    verb: "Restart",
    hint: "the service goes away and comes back",
    fields: [],
    own: false,
  },
  {
    fault: "expire_session",
    title: "Expire the session",
    verb: "Expire",
    hint: "the guest's token is refused everywhere",
    fields: [],
    own: true,
  },
  {
    fault: "refuse_socket",
    title: "Refuse sockets",
    verb: "Refuse",
    hint: "the page cannot come back; webchat turns to REST",
    fields: [{ name: "status", label: "status", value: 503, min: 400, max: 599 }, count(20)],
    own: false,
  },
  {
    fault: "refuse_rest",
    title: "Refuse REST",
    verb: "Refuse",
    hint: "429: rate limited",
    fields: [
      { name: "status", label: "status", value: 429, min: 400, max: 599 },
      { name: "retry_after", label: "after, s", value: 5, min: 0, max: 600 },
      count(3),
    ],
    own: false,
    service: "webchat",
  },
  {
    fault: "refuse_rest",
    title: "Refuse the history",
    verb: "Refuse",
    hint: "what it missed, and what arrived, cannot be looked up",
    fields: [{ name: "status", label: "status", value: 503, min: 400, max: 599 }, count(2)],
    own: false,
    service: "web-messaging",
    also: { fault: "refuse_rest", scope: "history" },
  },
  {
    fault: "late",
    title: "Take late",
    verb: "Take late",
    hint: "messages are taken so much later than they came",
    fields: [ms(2_000), count(3)],
    own: true,
    service: "web-messaging",
  },
  {
    fault: "lose_acks",
    title: "Lose acks",
    verb: "Lose",
    hint: "taken, but never acknowledged",
    fields: [count(3)],
    own: true,
  },
  {
    fault: "duplicate_acks",
    title: "Double acks",
    verb: "Double",
    hint: "acknowledged twice",
    fields: [count(3)],
    own: true,
  },
  {
    fault: "delay",
    title: "Delay",
    verb: "Delay",
    hint: "every answer comes late",
    fields: [ms(600)],
    own: true,
  },
  {
    fault: "corrupt_frames",
    title: "Corrupt frames",
    verb: "Corrupt",
    hint: "what the service says is garbled",
    fields: [count(3)],
    own: true,
  },
];

/** The panel. */
export class Faults {
  readonly #status = byId("faults-status", HTMLElement);
  readonly #conversation: () => string | undefined;
  readonly #log: (kind: string, text: string) => void;

  /**
   * @param conversation gives this page's conversation, if there is one.
   * @param log is told what was asked for.
   */
  constructor(conversation: () => string | undefined, log: (kind: string, text: string) => void) {
    this.#conversation = conversation;
    this.#log = log;
    byId("tools", HTMLElement).append(...TOOLS.map((tool) => this.#form(tool)));
    byId("faults-clear", HTMLButtonElement).addEventListener("click", () => {
      void this.#run("everything is mended", mend);
    });
    bindAgent(conversation, (title, work) => this.#run(title, work, "agent"));
  }

  /** Asks for faults, for this page's conversation. */
  ask(title: string, own: boolean, ...faults: Fault[]): Promise<void> {
    const conversation = own ? this.#conversation() : undefined;
    return this.#run(title, () =>
      fault(...faults.map((one) => ({ ...one, ...(conversation && { conversation }) }))),
    );
  }

  #form(tool: Tool): HTMLFormElement {
    const form = element("form", "tool");
    if (tool.service) form.dataset.service = tool.service;
    const id = `tool-${tool.service ?? "any"}-${tool.fault}`;
    const title = element("h3", "", tool.title);
    title.id = id;
    form.setAttribute("aria-labelledby", id);
    const hint = element("p", "hint", tool.hint);
    hint.id = `${id}-hint`;
    const words = element("div", "tool-words");
    words.append(title, hint);
    const fields = element("div", "tool-fields");
    const button = element("button", "button small", tool.verb);
    // The title has the button's word in it, and says more.
    button.setAttribute("aria-labelledby", id);
    button.setAttribute("aria-describedby", hint.id);
    fields.append(...tool.fields.map(control), button);
    form.append(words, fields);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const values = [...new FormData(form)].map(([name, value]) => [name, Number(value)] as const);
      const wanted: Fault = { ...tool.also, fault: tool.fault, ...Object.fromEntries(values) };
      const details = values.map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ");
      void this.ask([tool.title.toLowerCase(), details].filter(Boolean).join(": "), tool.own, wanted);
    });
    return form;
  }

  async #run(title: string, work: () => Promise<void>, kind = "fault"): Promise<void> {
    try {
      await work();
      setText(this.#status, `Asked for at the gateway: ${title}.`);
      this.#log(kind, title);
    } catch (error) {
      // Most likely the gateway is restarting; the reader sees it and can ask again.
      setText(this.#status, `Not done: ${error instanceof Error ? error.message : "unknown cause"}`);
    }
  }
}

function control(field: Field): HTMLLabelElement {
  const label = element("label", field.max > 9999 ? "field broad" : "field");
  const words = element("span", "", field.label);
  label.append(words);
  if (field.choices) {
    // The choices say what they are.
    words.className = "visually-hidden";
    const select = element("select");
    select.name = field.name;
    for (const [value, text] of field.choices) {
      select.append(new Option(text, String(value), value === field.value, value === field.value));
    }
    label.append(select);
  } else {
    const input = element("input");
    input.type = "number";
    input.name = field.name;
    input.min = String(field.min);
    input.max = String(field.max);
    input.value = String(field.value);
    input.required = true;
    label.append(input);
  }
  return label;
}
