/** The store in PostgreSQL. */
import { afterAll, beforeAll } from "bun:test";
import { PostgresDatabase } from "../../../src/server/store/postgres.ts";
import { storeOver } from "../../../src/server/store/sql-store.ts";
import type { Store } from "../../../src/server/store/store.ts";
import { describeWith } from "../../support/needs.ts";
import { PostgresServer } from "../../support/postgres.ts";
import { conformance } from "./conformance.ts";

describeWith("postgres")("with PostgreSQL", () => {
  let server: PostgresServer;
  const opened: Store[] = [];
  const open = async (): Promise<Store> => {
    const store = storeOver(new PostgresDatabase(server.url(), "PostgreSQL"));
    opened.push(store);
    return store;
  };

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  conformance("a store in PostgreSQL", () => ({ open, again: open, close: async () => opened[0]?.close() }));
});
