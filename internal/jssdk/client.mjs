// Matrix clients of people, driven by the Go package beside this file. Commands come
// as JSON lines on stdin, as {"client", "id", "do", …}; the first that names a client
// makes it, and its command "end" is the last. Each is answered by a line on stdout,
// {"client", "id", "ok"} or {"client", "id", "error"}. What happens meanwhile is told by
// lines {"client", "message"} and {"client", "verification"}. It ends when stdin does.

import { createInterface } from "node:readline";

// Stdout is the protocol, and the library logs to the console.
const quiet = () => {};
const grumble = (...words) => process.stderr.write(words.map(String).join(" ") + "\n");
Object.assign(console, { log: quiet, info: quiet, debug: quiet, trace: quiet, warn: grumble, error: grumble });

// Node has this from version 22 on.
Promise.withResolvers ??= function () {
    let resolve, reject;
    const promise = new this((...both) => ([resolve, reject] = both));
    return { promise, resolve, reject };
};

// Only now, so that the above holds for the library as it loads.
const sdk = await import("matrix-js-sdk");
const api = await import("matrix-js-sdk/lib/crypto-api/index.js");

const base64 = (bytes) => Buffer.from(bytes).toString("base64");

// person is one client, which tells what happens to it. Nothing is shared between two.
function person(tell) {
    let client, crypto, password;
    const secret = {}; // what opens the secret storage: {key} in bytes, or {recoveryKey}, or {passphrase}

    async function secretStorageKey({ keys }) {
        const wanted = await client.secretStorage.getDefaultKeyId();
        const id = wanted in keys ? wanted : Object.keys(keys)[0];
        const info = keys[id];
        let key = secret.key;
        if (!key && secret.recoveryKey) key = api.decodeRecoveryKey(secret.recoveryKey);
        if (!key && secret.passphrase) {
            if (!info.passphrase) throw new Error("the secret storage has no passphrase");
            const { salt, iterations, bits } = info.passphrase;
            key = await api.deriveRecoveryKeyFromPassphrase(secret.passphrase, salt, iterations, bits);
        }
        if (!key) throw new Error("nothing to open the secret storage with");
        if (!(await client.secretStorage.checkKey(key, info))) throw new Error("this does not open the secret storage");
        return [id, key];
    }

    async function start({ homeserver, user, password: given, onlySigned }) {
        password = given;
        const login = await sdk.createClient({ baseUrl: homeserver }).loginRequest({
            type: "m.login.password", identifier: { type: "m.id.user", user }, password,
        });
        client = sdk.createClient({
            baseUrl: homeserver, accessToken: login.access_token, userId: login.user_id, deviceId: login.device_id,
            cryptoCallbacks: {
                getSecretStorageKey: secretStorageKey,
                cacheSecretStorageKey: (_id, _info, key) => (secret.key = key),
            },
        });
        await client.initRustCrypto({ useIndexedDB: false });
        crypto = client.getCrypto();
        if (onlySigned) crypto.setDeviceIsolationMode(new api.OnlySignedDevicesIsolationMode());
        client.on("Room.timeline", heard);
        client.on("Event.decrypted", heard);
        client.on("crypto.verificationRequestReceived", (request) => follow(request));
        await client.startClient({ initialSyncLimit: 100 });
        await synced();
        return { device: login.device_id, fingerprint: (await crypto.getOwnDeviceKeys()).ed25519 };
    }

    function synced() {
        if (client.isInitialSyncComplete()) return;
        const { promise, resolve } = Promise.withResolvers();
        client.once("sync", resolve);
        return promise.then(synced);
    }

    // once waits for a condition that a sync can bring about. Whoever drives us has
    // the deadline.
    async function once(condition) {
        for (let found; ; ) {
            if ((found = await condition())) return found;
            const { promise, resolve } = Promise.withResolvers();
            client.once("sync", resolve);
            await promise;
        }
    }

    const inside = (room) => client.getRoom(room)?.getMyMembership() === "join";

    // settled is whether what the state of a room says of encryption has come to the
    // part that encrypts. Before, a message would go out in clear.
    async function settled(room) {
        return !client.getRoom(room).hasEncryptionStateEvent() || crypto.isEncryptionEnabledInRoom(room);
    }

    // heard tells of a message; of an encrypted one when it was read, or could not be,
    // and again each time that changes.
    async function heard(event) {
        if (event.isState() || event.status !== null || event.isBeingDecrypted()) return;
        if (event.isEncrypted() && !event.getClearContent() && !event.isDecryptionFailure()) return;
        const shield = event.isEncrypted() ? await crypto.getEncryptionInfoForEvent(event) : null;
        tell({
            message: {
                room: event.getRoomId(), event: event.getId(), sender: event.getSender(),
                type: event.getType(), content: event.getContent(), encrypted: event.isEncrypted(),
                failure: event.decryptionFailureReason ?? "",
                shield: shield ? api.EventShieldColour[shield.shieldColour] : "",
                reason: shield?.shieldReason == null ? "" : api.EventShieldReason[shield.shieldReason],
            },
        });
    }

    const requests = new Map(); // verification requests by transaction
    const emojis = new Map(); // what to confirm or deny, by transaction
    const verifiers = new WeakSet();

    // follow tells of a verification at each of its turns.
    function follow(request) {
        const txn = request.transactionId;
        if (requests.get(txn) === request) return;
        requests.set(txn, request);
        const turn = () => {
            if (request.verifier && !verifiers.has(request.verifier)) verify(request);
            report(request);
        };
        request.on(api.VerificationRequestEvent.Change, turn);
        turn();
    }

    function verify(request) {
        const { verifier, transactionId: txn } = request;
        verifiers.add(verifier);
        const show = (question) => {
            emojis.set(txn, question);
            report(request);
        };
        verifier.on(api.VerifierEvent.ShowSas, show);
        verifier.on(api.VerifierEvent.ShowReciprocateQr, show);
        // Its end shows in the phase of the request.
        verifier.verify().catch(quiet);
    }

    function report(request) {
        const question = emojis.get(request.transactionId);
        tell({
            verification: {
                transaction: request.transactionId, phase: api.VerificationPhase[request.phase],
                user: request.otherUserId, device: request.otherDeviceId ?? "", room: request.roomId ?? "",
                ours: request.initiatedByMe, method: request.chosenMethod ?? "",
                emoji: question?.sas?.emoji?.map(([symbol]) => symbol) ?? [],
                decimals: question?.sas?.decimal ?? [],
                scanned: question !== undefined && !question.sas,
                cancelledBy: request.cancellingUserId ?? "", code: request.cancellationCode ?? "",
            },
        });
    }

    function requested({ transaction }) {
        const request = requests.get(transaction);
        if (!request) throw new Error("no such verification");
        return request;
    }

    function asked({ transaction }) {
        const question = emojis.get(transaction);
        if (!question) throw new Error("nothing to compare yet");
        return question;
    }

    async function device(user, id) {
        const trust = await crypto.getDeviceVerificationStatus(user, id);
        return { device: id, signed: trust?.signedByOwner ?? false, verified: trust?.isVerified() ?? false };
    }

    return {
        start,

        async end() {
            client?.stopClient();
        },

        // identify makes a cross-signing identity, secret storage and a key backup; new
        // ones, if there are some whose keys nobody has.
        async identify({ passphrase, reset }) {
            const authUploadDeviceSigningKeys = (upload) => upload({
                type: "m.login.password", identifier: { type: "m.id.user", user: client.getUserId() }, password,
            });
            if (reset) await crypto.resetEncryption(authUploadDeviceSigningKeys);
            else await crypto.bootstrapCrossSigning({ setupNewCrossSigning: true, authUploadDeviceSigningKeys });
            const made = await crypto.createRecoveryKeyFromPassphrase(passphrase || undefined);
            await crypto.bootstrapSecretStorage({
                createSecretStorageKey: async () => made, setupNewSecretStorage: true, setupNewKeyBackup: true,
            });
            return { recoveryKey: made.encodedPrivateKey };
        },

        // recover takes identity and keys of rooms from secret storage and backup.
        async recover({ recoveryKey, passphrase }) {
            Object.assign(secret, { key: undefined, recoveryKey, passphrase });
            // Private keys are taken only beside the public ones.
            await crypto.userHasCrossSigningKeys(client.getUserId(), true);
            await crypto.bootstrapCrossSigning({});
            await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
            await crypto.checkKeyBackupAndEnable();
            const { imported, total } = await crypto.restoreKeyBackup();
            return { imported, total };
        },

        async backup() {
            // crypto.getKeyBackupInfo would tell what it learned long ago.
            const info = await client.http.authedRequest("GET", "/room_keys/version").catch((err) => {
                if (err.errcode !== "M_NOT_FOUND") throw err;
            });
            if (!info) return {};
            const trust = await crypto.isKeyBackupTrusted(info);
            return {
                version: info.version, algorithm: info.algorithm, count: info.count,
                trusted: trust.trusted, matches: trust.matchesDecryptionKey,
                active: (await crypto.getActiveSessionBackupVersion()) === info.version,
            };
        },

        async createRoom({ invite, clear }) {
            const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
            const { room_id: room } = await client.createRoom({
                preset: "private_chat", invite, initial_state: clear ? [] : [encryption],
            });
            await once(() => inside(room) && client.getRoom(room).hasEncryptionStateEvent() === !clear);
            await once(() => settled(room));
            return { room };
        },
        async join({ room }) {
            await client.joinRoom(room);
            await once(() => inside(room));
            await once(() => settled(room));
        },
        async invite({ room, user }) {
            await client.invite(room, user);
        },
        async send({ room, type, content }) {
            await once(() => settled(room));
            return { event: (await client.sendEvent(room, type, content)).event_id };
        },
        async setPower({ room, user, level }) {
            await client.setPowerLevel(room, user, level);
        },
        // awaitMembership waits until this client knows what a user is to a room.
        async awaitMembership({ room, user, membership }) {
            await once(() => client.getRoom(room)?.getMember(user)?.membership === membership);
        },

        // devices asks the homeserver, and tells what this client makes of the answer.
        async devices({ user }) {
            const known = (await crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
            const trust = await crypto.getUserVerificationStatus(user);
            return {
                verified: trust.isVerified(),
                hasIdentity: await crypto.userHasCrossSigningKeys(user, true),
                devices: await Promise.all([...known.keys()].map((id) => device(user, id))),
            };
        },

        // verify asks in a room if one is given, else one device, else all of our own.
        async verify({ user, device, room }) {
            await crypto.getUserDeviceInfo([user], true);
            const request = await (room ? crypto.requestVerificationDM(user, room)
                : device ? crypto.requestDeviceVerification(user, device)
                : crypto.requestOwnUserVerification());
            follow(request);
            return { transaction: request.transactionId };
        },
        accept: (c) => requested(c).accept(),
        async startSAS(c) {
            await requested(c).startVerification("m.sas.v1");
        },
        confirm: async (c) => asked(c).confirm(),
        mismatch: async (c) => asked(c).mismatch(),
        cancel: (c) => requested(c).cancel(),
        async showQR(c) {
            const bytes = await requested(c).generateQRCode();
            if (!bytes) throw new Error("no QR code can be shown");
            return { qr: base64(bytes) };
        },
        async scanQR(c) {
            await requested(c).scanQRCode(new Uint8ClampedArray(Buffer.from(c.qr, "base64")));
        },
    };
}

const people = new Map(); // the commands of each client

async function obey(line) {
    const { client, id, ...command } = JSON.parse(line);
    const tell = (news) => process.stdout.write(JSON.stringify({ client, ...news }) + "\n");
    if (!people.has(client)) people.set(client, person(tell));
    const commands = people.get(client);
    if (command.do === "end") people.delete(client);
    try {
        const ok = await commands[command.do](command);
        tell({ id, ok: ok ?? {} });
    } catch (err) {
        grumble(command.do, err?.stack ?? err);
        tell({ id, error: String(err?.message ?? err) });
    }
}

const lines = createInterface({ input: process.stdin });
lines.on("line", obey);
lines.on("close", () => process.exit(0));
process.on("unhandledRejection", (err) => grumble("unhandled", err?.stack ?? err));
