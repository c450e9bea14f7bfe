/** The agent's side, through the gateway's control surface: words, and in web messaging what an agent can do beside. */
import { say } from "../shared/control.js";
import { byId, element } from "../shared/dom.js";

interface Act {
  readonly verb: string;
  /** The message as the service would send it. */
  readonly message: () => object;
}

const ORDER = new URL("./order.svg", document.baseURI).href;

const presence = (type: string): object => ({ eventType: "Presence", presence: { type } });

/** What the agent can do in web messaging. */
const ACTS: readonly Act[] = [
  {
    verb: "Offer replies",
    message: () => ({
      type: "Structured",
      text: "Shall I have it brought to you today?",
      content: ["Yes, please", "Tomorrow", "I will fetch it"].map((text) => ({
        contentType: "QuickReply",
        quickReply: { text, payload: text.toLowerCase().replace(/\W+/g, "-") },
      })),
    }),
  },
  {
    verb: "Send an image",
    message: () => ({
      type: "Text",
      text: "This is where it is.",
      content: [
        {
          contentType: "Attachment",
          attachment: { id: crypto.randomUUID(), url: ORDER, filename: "order.svg", mediaType: "Image" },
        },
      ],
    }),
  },
  {
    verb: "Send a card",
    message: () => ({
      type: "Structured",
      content: [
        {
          contentType: "Card",
          card: {
            title: "Order 4711",
            description: "One parcel, 1.2 kg",
            actions: [
              { type: "Postback", text: "Track it", payload: "track-4711" },
              { type: "Postback", text: "Send it back", payload: "return-4711" },
            ],
          },
        },
      ],
    }),
  },
  {
    verb: "Send a list",
    message: () => ({
      type: "Structured",
      text: "What did you order?",
      content: [
        {
          contentType: "ListPicker",
          listPicker: {
            receivedMessage: { title: "Your order", subtitle: "Choose all that is missing" },
            replyMessage: { title: "Your order", subtitle: "This is missing" },
            sections: [
              {
                title: "Parts",
                multipleSelection: true,
                items: [
                  { id: "table", title: "The table" },
                  { id: "chairs", title: "The chairs", subtitle: "Four of them" },
                  { id: "lamp", title: "The lamp" },
                ],
              },
            ],
          },
        },
      ],
    }),
  },
  {
    verb: "Send a form",
    message: () => ({
      type: "Structured",
      text: "Where shall we bring it?",
      content: [
        {
          contentType: "Form",
          form: {
            cannedResponseId: "delivery-form",
            receivedMessage: { title: "Delivery" },
            replyMessage: { title: "Thank you, we know where to go" },
            formPages: [
              {
                title: "Address",
                subtitle: "As it stands on the door",
                pageComponents: [
                  { formComponentType: "Input", input: { id: "name", title: "Name", isRequired: true } },
                  {
                    formComponentType: "Input",
                    input: {
                      id: "note",
                      title: "Note",
                      isMultipleLine: true,
                      placeholderText: "Third floor",
                    },
                  },
                  {
                    formComponentType: "DatePicker",
                    datePicker: { id: "day", title: "Day", dateDisplayFormat: "dayMonthYear" },
                  },
                  {
                    formComponentType: "WheelPicker",
                    wheelPicker: {
                      id: "hour",
                      items: [
                        { id: "am", title: "In the morning" },
                        { id: "pm", title: "In the afternoon" },
                      ],
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    }),
  },
  {
    verb: "Start to write",
    message: () => ({
      type: "Event",
      events: [{ eventType: "Typing", typing: { type: "On", duration: 5000 } }],
    }),
  },
  {
    verb: "Leave",
    message: () => ({ type: "Event", events: [presence("Disconnect")] }),
  },
  {
    verb: "End it",
    message: () => ({
      type: "Event",
      metadata: { readOnly: "true" },
      events: [presence("Disconnect")],
    }),
  },
];

/**
 * Binds the form and the buttons.
 *
 * @param conversation gives this page's conversation, if there is one.
 * @param run does it, and shows what became of it.
 */
export function bindAgent(
  conversation: () => string | undefined,
  run: (title: string, work: () => Promise<void>) => Promise<void>,
): void {
  const text = byId("agent-text", HTMLInputElement);
  byId("agent", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    if (text.value.trim()) void run("speak", () => say(conversation(), { content: text.value }));
  });
  byId("agent-acts", HTMLElement).append(
    ...ACTS.map(({ verb, message }) => {
      const button = element("button", "button small", verb);
      button.type = "button";
      button.addEventListener("click", () => {
        void run(verb.toLowerCase(), () => say(conversation(), { message: message() }));
      });
      return button;
    }),
  );
}
