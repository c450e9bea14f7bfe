/** Files: what a guest attaches, its handle, and the promises of where a file can be fetched. */
import { brand, isBytes } from "../brands.js";
import type { GuestwireError } from "../errors.js";
import { CallerError } from "../errors.js";
import { Questions } from "../questions.js";
import type { RawError } from "../raw.js";

/** The final states of a file. */
export type FinalAttachmentState = "sent" | "detached" | "failed";

/**
 * The states of a file. `uploaded`: a message can take it along; `sending`: one does. It may go back: to `uploaded`, when that message was
 * refused or taken back; to `presigning`, when an attempt failed or the session was lost. A final state is never left.
 */
export type AttachmentState =
  | "presigning"
  | "uploading"
  | "uploaded"
  | "sending"
  | "detaching"
  | FinalAttachmentState;

/** A file of ours has changed its state. */
export interface AttachmentChange {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly state: AttachmentState;
  /**
   * Why, where there is more to say than the state does. With `failed`: what the service finds wrong with the file (`file_type`,
   * `file_too_large`, `file_content`, `file_name`, `file_empty`, `not_enabled`, `refused`), what it has no longer (`attachment_expired`,
   * `unknown_attachment`, `attachment_not_uploaded`), how the last of several attempts failed (`network`, `timeout`, `unavailable`,
   * `upload_refused`, `rate_limited`, `not_uploaded`, `malformed_answer`), `unconfirmed` (so ended the message that took it along), or the
   * code with which the client ended. With an earlier state: how an attempt failed, `session_lost`, or how its message ended.
   */
  readonly reason: string | null;
  /** A status or the service's code for it. */
  readonly code: number | null;
  /**
   * Where it can be fetched for about ten minutes from `uploaded` on, in every state in which the service has it; later `attachmentUrl`
   * gives another. Whoever knows it can fetch the file: keep it out of logs.
   */
  readonly url: string | null;
  readonly at: number;
}

/** Bytes of a file have left: none yet when it begins, and all of them at its end. No platform says more of a request that follows no redirect. */
export interface UploadProgress {
  readonly id: string;
  readonly loaded: number;
  readonly total: number;
}

/** A file that is made of parts, where there is no `File`. */
export interface FileParts {
  /** With an extension, shorter than 1024 characters. */
  name: string;
  /** `image/png`, say; of a `Blob` its own is taken. */
  type?: string;
  data: Blob | ArrayBuffer | ArrayBufferView;
}

/** What {@link GuestClient.attach} gives. */
export interface Attachment {
  /** The service knows the file by it, and `send({ attachment: id })` takes it along. */
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Its state now. */
  readonly state: AttachmentState;
  /** Resolves once a message can take it along, or with its final state if that comes first; it never rejects. */
  readonly uploaded: Promise<AttachmentChange>;
  /** Resolves with the final state, always; it never rejects. */
  readonly done: Promise<AttachmentChange>;
}

function isFinal(state: AttachmentState): state is FinalAttachmentState {
  return state === "sent" || state === "detached" || state === "failed";
}

class Handle implements Attachment {
  readonly uploaded: Promise<AttachmentChange>;
  readonly done: Promise<AttachmentChange>;
  readonly #first: AttachmentChange;
  #state: AttachmentState;
  #arrive!: (change: AttachmentChange) => void;
  #finish!: (change: AttachmentChange) => void;

  constructor(change: AttachmentChange) {
    this.#first = change;
    this.#state = change.state;
    this.uploaded = new Promise((resolve) => {
      this.#arrive = resolve;
    });
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get id(): string {
    return this.#first.id;
  }
  get name(): string {
    return this.#first.name;
  }
  get type(): string {
    return this.#first.type;
  }
  get size(): number {
    return this.#first.size;
  }
  get state(): AttachmentState {
    return this.#state;
  }

  note(state: AttachmentState): void {
    if (!isFinal(this.#state)) this.#state = state;
  }

  settle(change: AttachmentChange): void {
    const final = isFinal(change.state);
    if (final || change.state === "uploaded") this.#arrive(change);
    if (final) this.#finish(change);
  }

  /** What to tell of a file that the module has left without an end: it is released with the client. */
  abandoned(reason: string): AttachmentChange {
    const { id, name, type, size } = this;
    return { id, name, type, size, state: "failed", reason, code: null, url: null, at: Date.now() };
  }
}

/** What the module answers to a question for an address. */
export interface RawAddress {
  readonly request: number;
  readonly url: string | null;
  readonly error: RawError | null;
}

/** The files of one client, and the addresses that are wanted. */
export class Attachments {
  readonly #handles = new Map<string, Handle>();
  readonly #addresses = new Questions<string>();

  /** The handle of a file that the module has taken on; it has told of it by then. */
  handle(id: string): Attachment {
    return this.#handles.get(id) as Handle;
  }

  /** Takes note of a change; what it gives is to be done once the change was told. */
  changed(change: AttachmentChange): () => void {
    let handle = this.#handles.get(change.id);
    if (!handle) {
      handle = new Handle(change);
      this.#handles.set(change.id, handle);
    }
    const known = handle;
    known.note(change.state);
    return () => {
      known.settle(change);
      if (isFinal(change.state)) this.#handles.delete(change.id);
    };
  }

  /** The client is closed: what was not told an end has one now. */
  closed(reason = "closed"): AttachmentChange[] {
    this.#addresses.closed();
    const changes: AttachmentChange[] = [];
    this.#handles.forEach((it) => {
      if (!isFinal(it.state)) changes[changes.length] = it.abandoned(reason);
    });
    return changes;
  }

  /** The module has failed: no address comes any more. */
  failed(error: GuestwireError): void {
    this.#addresses.closed(error);
  }

  /** The promise of the address that the module is asked for. */
  wanted(call: () => number): Promise<string> {
    return this.#addresses.ask(call);
  }

  answered({ request, url, error }: RawAddress): void {
    this.#addresses.answered(request, url ?? "", error);
  }
}

/** Pages have windows of their own in them, and each has its own classes. */
function isBlob(value: unknown): value is Blob {
  const made = brand(value);
  return made === "[object Blob]" || made === "[object File]";
}

/** The name, the type and the bytes of what the caller attaches. */
export function partsOf(file: File | FileParts): { name: string; type: string; bytes: Blob } {
  try {
    return looked(file);
  } catch (error) {
    throw error instanceof CallerError ? error : noFile("name, type or data");
  }
}

function looked(file: File | FileParts): { name: string; type: string; bytes: Blob } {
  const given: Partial<FileParts> = file ?? {};
  const { name, type } = given;
  if (isBlob(file)) return { name: `${name ?? ""}`, type: `${type ?? ""}`, bytes: file };
  const { data } = given;
  if (typeof name !== "string" || (type !== undefined && typeof type !== "string"))
    throw noFile("name or type");
  if (isBlob(data)) return { name, type: data.type || (type ?? ""), bytes: data };
  if (!isBytes(data)) throw noFile("data");
  // A copy: what the caller does with the buffer afterwards changes nothing.
  return { name, type: type ?? "", bytes: new Blob([data as BlobPart]) };
}

function noFile(member: string): CallerError {
  return new CallerError({
    code: "bad_content",
    message: `it is no file: its ${member} is missing, or of the wrong type`,
    remedy: "pass a File, or an object with a name and data, a Blob or bytes",
    retryable: false,
  });
}
