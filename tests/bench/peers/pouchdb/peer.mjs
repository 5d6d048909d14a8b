// The PouchDB peer: a sale as one document beside the stock it changes, over express; and a catch-up to express-pouchdb.
//   node peer.mjs serve PORT FOLDER ITEMS         node peer.mjs replicate FOLDER SALES < sales, one JSON a line
// PouchDB (leveldb) answers without flushing to the disk: a power cut loses what was answered last.
import { createRequire } from "node:module";
import { once } from "node:events";
import readline from "node:readline";

// Installed elsewhere than this file lies, so that nothing is installed into the checkout's sources.
const need = createRequire(`${process.env.PEER_MODULES}/package.json`);
const express = need("express");
const PouchDB = need("pouchdb");

const OPENING = 900_000_000;
const skuOf = (index) => `SKU-${String(index).padStart(6, "0")}`;
const thousandths = (text) => Math.round(Number(text) * 1000);

async function serve(port, folder, items) {
  const db = new PouchDB(`${folder}/sales`);
  const skus = Array.from({ length: items }, (_, index) => skuOf(index));
  await db.bulkDocs(skus.map((sku) => ({ _id: `stock/${sku}`, quantity: OPENING })));

  // One sale after another: two that change the same stock at once would only conflict and be done again.
  let turn = Promise.resolve();
  const post = async (id, sale) => {
    const taken = new Map();
    for (const line of sale.lines) taken.set(line.item, (taken.get(line.item) ?? 0) + thousandths(line.quantity));
    const stock = await db.allDocs({ keys: [...taken.keys()].map((sku) => `stock/${sku}`), include_docs: true });
    const changed = stock.rows.map(({ doc }) => ({ ...doc, quantity: doc.quantity - taken.get(doc._id.slice(6)) }));
    const written = await db.bulkDocs([{ _id: id, ...sale }, ...changed]);
    if (written.some((one) => one.error)) throw new Error(JSON.stringify(written));
  };

  const app = express();
  app.use(express.json());
  app.put("/api/v1/documents/:id", (request, response) => {
    const done = turn.then(() => post(request.params.id, request.body));
    turn = done.catch(() => {});
    done.then(() => response.status(201).json({ id: request.params.id }), (error) => response.status(500).json({ error: String(error) }));
  });
  app.listen(port, "127.0.0.1");
}

async function replicate(folder) {
  const source = new PouchDB(`${folder}/branch`);
  const rows = [];
  for await (const line of readline.createInterface({ input: process.stdin })) rows.push(JSON.parse(line));
  await source.bulkDocs(rows);
  const app = express();
  app.use("/", need("express-pouchdb")(PouchDB.defaults({ prefix: `${folder}/hq-` }), { mode: "minimumForPouchDB", configPath: `${folder}/config.json`, logPath: `${folder}/log.txt` }));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const begun = performance.now();
  const outcome = await source.replicate.to(`http://127.0.0.1:${server.address().port}/hq`, { batch_size: 500 });
  const seconds = (performance.now() - begun) / 1000;
  if (!outcome.ok || outcome.docs_written !== rows.length) throw new Error(JSON.stringify(outcome));
  console.log(JSON.stringify({ seconds, rate: rows.length / seconds }));
  process.exit(0);
}

const [what, ...rest] = process.argv.slice(2);
if (what === "serve") await serve(Number(rest[0]), rest[1], Number(rest[2]));
else await replicate(rest[0]);
