/** The panel that breaks things, through the gateway's control surface. */
import { type Fault, fault, mend } from "./control.js";
import { byId, element, setText } from "./dom.js";
import { errorWords } from "./words.js";

/** One number or choice of a fault. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Choices, where only these make sense. */
  readonly choices?: readonly (readonly [number, string])[];
}

/** A fault that the panel offers. */
export interface Tool {
  readonly fault: string;
  readonly title: string;
  /** What the button says. */
  readonly verb: string;
  readonly hint: string;
  readonly fields: readonly Field[];
  /** Whether it is meant for this page's conversation alone; others are for whoever comes next. */
  readonly own?: boolean;
  /** The one service that it is for, where the page speaks to several and it is not for all. */
  readonly service?: string;
  /** What else it is asked with. */
  readonly also?: Fault;
}

/** The panel. */
export class Faults {
  readonly #status = byId("faults-status", HTMLElement);
  readonly #conversation: () => string | undefined;
  readonly #log: (kind: string, text: string) => void;

  /**
   * @param tools are what it offers.
   * @param log is told what was asked for.
   * @param conversation gives this page's conversation, if there is one that the gateway knows by name.
   */
  constructor(
    tools: readonly Tool[],
    log: (kind: string, text: string) => void,
    conversation: () => string | undefined = () => undefined,
  ) {
    this.#conversation = conversation;
    this.#log = log;
    byId("tools", HTMLElement).append(...tools.map((tool) => this.#form(tool)));
    byId("faults-clear", HTMLButtonElement).addEventListener("click", () => {
      void this.run("everything is mended", mend);
    });
  }

  /** Asks for faults, for this page's conversation. */
  ask(title: string, own: boolean, ...faults: Fault[]): Promise<void> {
    const conversation = own ? this.#conversation() : undefined;
    return this.run(title, () =>
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
      void this.ask(
        [tool.title.toLowerCase(), details].filter(Boolean).join(": "),
        tool.own ?? false,
        wanted,
      );
    });
    return form;
  }

  /** Does what is asked of the gateway, and shows what became of it. */
  async run(title: string, work: () => Promise<void>, kind = "fault"): Promise<void> {
    try {
      await work();
      setText(this.#status, `Asked for at the gateway: ${title}.`);
      this.#log(kind, title);
    } catch (error) {
      // Most likely the gateway is restarting; the reader sees it and can ask again.
      setText(this.#status, `Not done: ${errorWords(error, "unknown cause")}`);
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
