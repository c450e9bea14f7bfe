// The servers, by name. `start(ledger, code)` gives `{ port }`; with `code` each connection is closed shortly after its
// protocol's handshake is complete.
import * as centrifuge from "./centrifuge.mjs";
import * as gateway from "./gateway.mjs";
import * as phoenix from "./phoenix.mjs";
import * as plain from "./plain.mjs";
import * as signalr from "./signalr.mjs";
import * as socketio from "./socketio.mjs";

export const servers = { centrifuge, gateway, phoenix, plain, signalr, socketio };
