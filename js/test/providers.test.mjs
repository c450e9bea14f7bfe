// Who is asked for tokens: one contract, in every entry that asks anybody.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, reported, settled } from "./face.mjs";

const TOKEN = "t".repeat(12);

/** Where each entry takes a provider. */
const PLACES = [
  ["webchat", "token", {}],
  ["web-messaging", "token", {}],
  ["streams", "credentials", {}],
  ["streams", "auth", { url: "wss://events.example/stream", region: undefined, credentials: undefined }],
];

for (const [entry, option, more] of PLACES) {
  const open = async (provider) => {
    const { client, raw } = await freshClient({ ...more, [option]: provider }, entry);
    const errors = [];
    client.addEventListener("error", ({ detail }) => errors.push(detail.code));
    const ask = async (renew = false) => {
      raw.token = undefined;
      raw.refusal = undefined;
      raw.host.requestToken(4, renew);
      await settled();
    };
    return { client, raw, errors, ask };
  };

  test(`${entry}, ${option}: a provider gives a text, or a token with the seconds that it lives`, async () => {
    let answer = TOKEN;
    const { raw, ask } = await open(() => answer);
    assert.deepEqual(raw.options.credential, { kind: "provider" });
    for (const [given, taken] of [
      [TOKEN, [4, TOKEN]],
      [Promise.resolve(TOKEN), [4, TOKEN]],
      [{ token: TOKEN }, [4, TOKEN]],
      [{ token: TOKEN, expiresIn: 60 }, [4, TOKEN, 60_000]],
      [{ token: TOKEN, expiresIn: 0 }, [4, TOKEN, 0]],
      [{ token: TOKEN, expiresIn: 0.0001 }, [4, TOKEN, 1]],
      [{ token: TOKEN, expiresIn: 4.35 }, [4, TOKEN, 4350]],
      [{ token: TOKEN, expiresIn: 61.999 }, [4, TOKEN, 61_999]],
      [{ token: TOKEN, expiresIn: Infinity }, [4, TOKEN, Infinity]],
      // As servers write it.
      [{ token: TOKEN, expiresIn: "3600" }, [4, TOKEN, 3_600_000]],
      [{ token: TOKEN, expiresIn: null }, [4, TOKEN]],
    ]) {
      answer = given;
      await ask();
      assert.deepEqual(raw.token, taken);
    }
  });

  test(`${entry}, ${option}: what is no token, and what is thrown, is a failed attempt`, async () => {
    let answer;
    const { raw, errors, ask } = await open(() => answer());
    for (const nothing of [
      undefined,
      null,
      5,
      {},
      { token: 5 },
      { token: TOKEN, expiresIn: "soon" },
      { token: TOKEN, expiresIn: "" },
      { token: TOKEN, expiresIn: true },
      { token: TOKEN, expiresIn: -1 },
      { token: TOKEN, expiresIn: Number.NaN },
    ]) {
      answer = () => nothing;
      await ask();
      assert.deepEqual(raw.refusal, [4]);
    }
    const secretive = {
      get retryable() {
        throw new Error("a secret");
      },
    };
    for (const failure of [null, undefined, "no", new Error("a secret"), { retryable: true }, secretive]) {
      for (const fails of [
        () => Promise.reject(failure),
        () => {
          throw failure;
        },
      ]) {
        answer = fails;
        assert.deepEqual(await reported(ask), []);
        assert.deepEqual(raw.refusal, [4]);
      }
    }
    assert.deepEqual(errors, [], "what it throws is not shown");
  });

  test(`${entry}, ${option}: an error that says that it is of no use to ask again is a final no`, async () => {
    const { raw, errors, ask } = await open(() => {
      throw Object.assign(new Error("a secret"), { retryable: false });
    });
    await ask();
    assert.deepEqual([raw.refusal, errors], [[4, ""], []]);
  });

  test(`${entry}, ${option}: a provider knows whether to renew, and when nobody waits for it any more`, async () => {
    const asked = [];
    const { client, ask } = await open((request) => {
      asked.push(request);
      return new Promise(() => undefined);
    });
    await ask();
    await ask(true);
    assert.deepEqual(
      asked.map(({ renew, signal }) => [renew, signal.aborted]),
      [
        [false, true],
        [true, false],
      ],
    );
    client.close({ grace: 0 });
    assert.ok(asked[1].signal.aborted);
  });
}
