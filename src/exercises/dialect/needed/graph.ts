export function push<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const found = map.get(key);
  if (found) found.push(item);
  else map.set(key, [item]);
}

export function reversed(edges: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const [from, all] of edges) for (const to of all) push(out, to, from);
  return out;
}
