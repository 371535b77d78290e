/**
 * Those who wait, in the order in which they came; whoever is done leaves from anywhere. A Set would do, were it not for V8: where
 * much comes and goes it makes a new table again and again, and a table that was left holds those who waited then and the table
 * after it. Once one of them has grown old, all that follow are kept by it and grow old, too, and garbage that could have been
 * dropped young is copied and marked: with requests of one event, a tenth of what the door cost.
 */

/** Who can wait in a line; in one at a time. The fields are the line's. */
export class Waiting {
  before: Waiting | undefined = undefined;
  behind: Waiting | undefined = undefined;
}

export class Line<Item extends Waiting> {
  #first: Waiting | undefined = undefined;
  #last: Waiting | undefined = undefined;

  get first(): Item | undefined {
    return this.#first as Item | undefined;
  }

  /** To the end of the line. */
  add(item: Item): void {
    item.before = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.behind = item;
    this.#last = item;
  }

  /** Nothing, where it does not wait here any more. What has left holds nobody. */
  remove(item: Item): void {
    const { before, behind } = item;
    if (before === undefined && this.#first !== item) return;
    if (before === undefined) this.#first = behind;
    else before.behind = behind;
    if (behind === undefined) this.#last = before;
    else behind.before = before;
    item.before = undefined;
    item.behind = undefined;
  }

  /** In order. Who is told may leave; the others stay until the end. */
  *[Symbol.iterator](): Generator<Item> {
    for (let item = this.#first; item !== undefined; ) {
      const { behind } = item;
      yield item as Item;
      item = behind;
    }
  }
}
