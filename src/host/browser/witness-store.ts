/**
 * The witness of one browser (R5): a test-and-set on a machine's term, in IndexedDB. Its read-write transactions
 * exclude each other between all tabs and workers of an origin, so no lock is needed besides; they are
 * over before a tab that dies can keep others out.
 */
import {
  judge,
  newWitness,
  type Claim,
  type Verdict,
  type Witness,
} from '../../replication/witness.ts';

const DATABASE = 'tandem';
const STORE = 'witness';
const VERSION = 1;

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('the database failed'));
    };
  });

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE);
  };
  return settled(request);
}

/** Anything else under that key was not written by this program. */
function isWitness(value: unknown): value is Witness {
  if (typeof value !== 'object' || value === null) return false;
  const { term, holder } = value as { term?: unknown; holder?: unknown };
  return typeof term === 'number' && typeof holder === 'string';
}

export class WitnessStore {
  readonly #machine: string;
  /** Opened ahead: a takeover has no time for that. */
  #database: Promise<IDBDatabase>;

  /** @param machine names the machine's life */
  constructor(machine: string) {
    this.#machine = machine;
    this.#database = open();
    // Whoever asks is told.
    this.#database.catch(() => undefined);
  }

  async #opened(): Promise<IDBDatabase> {
    try {
      return await this.#database;
    } catch {
      // It may have been a passing trouble: once more, for whoever asks now.
      this.#database = open();
      return this.#database;
    }
  }

  /** Answers a claim once the answer is stored. Rejects when the database cannot be used. */
  async ask(claim: Claim): Promise<Verdict> {
    const database = await this.#opened();
    // Relaxed: written to the operating system, not to the disk. When that goes, all tabs are gone.
    const transaction = database.transaction(STORE, 'readwrite', { durability: 'relaxed' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => {
        resolve();
      };
      transaction.onabort = () => {
        reject(transaction.error ?? new Error('the transaction was given up'));
      };
    });
    const store = transaction.objectStore(STORE);
    const known: unknown = await settled(store.get(this.#machine));
    const { witness, verdict } = judge(isWitness(known) ? known : newWitness(), claim);
    store.put(witness, this.#machine);
    transaction.commit();
    await done;
    return verdict;
  }
}
