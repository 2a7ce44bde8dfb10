/** What the reader of this page has solved. */
import { createStore, get } from "idb-keyval";
import { NAME, TEXTS } from "../exercises/kept.ts";
import { Solved } from "./solved.ts";

let opened: ReturnType<typeof createStore> | undefined;
const store = () => (opened ??= createStore(NAME, TEXTS));

export const solved = new Solved({ get: async (key) => get(key, store()) }, new BroadcastChannel(NAME));
void solved.load();
