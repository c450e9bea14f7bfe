/** What asks for more than one press: a list picker and a form, with their answers. All of it is from outside: each part is checked, and only ever set as text. */
import type { Choice, FormField } from "guestwire/web-messaging";
import { element } from "../shared/dom.js";
import type { Choose, Fields } from "./structured.js";
import { fields, text } from "./structured.js";

/** What one control of a form, or all of a list, gives. */
interface Asked {
  readonly element: HTMLElement;
  /** The answers now. */
  answers(): FormField[];
}

const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fields) : []);

/** A list picker, with a button that sends what is chosen. */
export function listPicker(picker: Fields, messageId: string, choose: Choose): HTMLElement {
  const offer = fields(picker.receivedMessage);
  const asked = sections(picker);
  return answerable(offer, [asked.element], "Send choice", () => {
    const choices: Choice[] = asked.answers().map(({ text, payload }) => ({ text, payload }));
    if (choices.length === 0) return false;
    const words = choices.map((choice) => choice.text).join(", ");
    const said = text(fields(picker.replyMessage).subtitle);
    return choose({ listPicker: { choices, originatingMessageId: messageId, text: said } }, words);
  });
}

/** A form: all of its pages below one another. */
export function form(given: Fields, messageId: string, choose: Choose): HTMLElement {
  const asked: Asked[] = [];
  const shown: HTMLElement[] = [];
  for (const page of list(given.formPages)) {
    if (text(page.title)) shown.push(element("p", "part-title", text(page.title)));
    if (text(page.subtitle)) shown.push(element("p", "hint", text(page.subtitle)));
    for (const one of list(page.pageComponents).map(component)) {
      if (!one) continue;
      asked.push(one);
      shown.push(one.element);
    }
  }
  const introduction = fields(given.introduction);
  const offer = text(introduction.title) ? introduction : fields(given.receivedMessage);
  return answerable(offer, shown, "Send form", () => {
    const answer = {
      fields: asked.flatMap((one) => one.answers()),
      cannedResponseId: text(given.cannedResponseId),
      originatingMessageId: messageId,
      text: text(fields(given.replyMessage).title),
    };
    return choose({ form: answer }, answer.text || "The form was sent");
  });
}

/** Its words, what it asks for, and the button that sends the answer: once. */
function answerable(
  offer: Fields,
  asked: readonly HTMLElement[],
  verb: string,
  send: () => boolean,
): HTMLElement {
  const made = element("form", "part-card part-asks");
  made.setAttribute("aria-label", text(offer.title) || verb);
  if (text(offer.title)) made.append(element("p", "part-title", text(offer.title)));
  if (text(offer.subtitle)) made.append(element("p", "hint", text(offer.subtitle)));
  const button = element("button", "choice", verb);
  made.append(...asked, button);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    if (send()) close(made);
  });
  return made;
}

/** Nothing more is answered in it. */
export function close(item: HTMLElement): void {
  const controls = "button, fieldset, input, select, textarea";
  for (const one of item.querySelectorAll<HTMLButtonElement>(controls)) one.disabled = true;
}

function component(one: Fields): Asked | undefined {
  switch (one.formComponentType) {
    case "Input":
      return input(fields(one.input));
    case "DatePicker":
      return date(fields(one.datePicker));
    case "ListPicker":
      return sections(fields(one.listPicker), true);
    case "WheelPicker":
      return wheel(fields(one.wheelPicker));
    default:
      return undefined;
  }
}

/** The sections of a list: one item of each, or several. `empty`: that nothing was chosen is an answer too. */
function sections(picker: Fields, empty = false): Asked {
  const made = element("div", "asks");
  const boxes: { readonly box: HTMLInputElement; readonly choice: FormField }[] = [];
  const id = text(picker.id);
  for (const section of list(picker.sections)) {
    const group = element("fieldset", "asks-section");
    group.append(element("legend", "", text(section.title) || "Choose"));
    const several = section.multipleSelection === true;
    const name = crypto.randomUUID();
    for (const item of list(section.items)) {
      const label = element("label", "asks-item");
      const box = element("input");
      box.type = several ? "checkbox" : "radio";
      box.name = name;
      label.append(box, element("span", "", text(item.title)));
      if (text(item.subtitle)) label.append(element("span", "hint", text(item.subtitle)));
      group.append(label);
      boxes.push({ box, choice: { id, text: text(item.title), payload: text(item.id) } });
    }
    made.append(group);
  }
  const answers = (): FormField[] => {
    const chosen = boxes.filter(({ box }) => box.checked).map(({ choice }) => choice);
    return chosen.length > 0 || !empty ? chosen : [{ id, text: "", payload: "" }];
  };
  return { element: made, answers };
}

function labelled(given: Fields, control: HTMLElement): HTMLElement {
  const label = element("label", "asks-field");
  label.append(element("span", "", text(given.title) || "Answer"));
  if (text(given.subtitle)) label.append(element("span", "hint", text(given.subtitle)));
  label.append(control);
  return label;
}

function input(given: Fields): Asked {
  const control = given.isMultipleLine === true ? element("textarea") : element("input");
  control.placeholder = text(given.placeholderText);
  control.required = given.isRequired === true;
  control.maxLength = given.isMultipleLine === true ? 300 : 30;
  const answers = (): FormField[] => {
    const value = control.value.trim();
    return value === "" ? [] : [{ id: text(given.id), text: value, payload: value }];
  };
  return { element: labelled(given, control), answers };
}

/** A day, between two where the form names them. It is always wanted. */
function date(given: Fields): Asked {
  const control = element("input");
  control.type = "date";
  control.required = true;
  control.min = text(given.dateMinimum).slice(0, 10);
  control.max = text(given.dateMaximum).slice(0, 10);
  const answers = (): FormField[] => {
    const [year = "", month = "", day = ""] = control.value.split("-");
    const shown =
      given.dateDisplayFormat === "dayMonthYear"
        ? [day, month, year]
        : given.dateDisplayFormat === "yearMonthDay"
          ? [year, month, day]
          : [month, day, year];
    return [{ id: text(given.id), text: shown.join("/"), payload: `${control.value}T00:00:00.000Z` }];
  };
  return { element: labelled(given, control), answers };
}

function wheel(given: Fields): Asked {
  const control = element("select");
  control.append(new Option("", ""));
  for (const item of list(given.items)) {
    control.append(new Option(text(item.title) || text(item.value) || text(item.id), text(item.id)));
  }
  const answers = (): FormField[] => {
    const chosen = control.selectedOptions[0];
    return [{ id: text(given.id), text: chosen?.text ?? "", payload: control.value }];
  };
  return { element: labelled(given, control), answers };
}
