"""A bank whose tellers move money between accounts at the same time, with every invariant checked.

    bank.py [--accounts N] [--tellers N] [--transfers N] [--seed N]

Each account has a lock of its own; a transfer takes both, the lower number first, so tellers never wait in a circle. A
patient transfer waits on a condition until the money is there. An auditor stops the bank now and then and counts.
"""
import argparse
import random
import sys
import threading
import time


class Refused(Exception):
    """A transfer that the account does not cover."""


class Account:
    def __init__(self, number, balance):
        self.number = number
        self.balance = balance
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.deposits = self.withdrawals = 0

    def deposit(self, amount):
        with self.changed:
            self.balance += amount
            self.deposits += amount
            self.changed.notify_all()

    def withdraw(self, amount):
        with self.lock:
            if self.balance < amount:
                raise Refused(f"account {self.number} has {self.balance}, not {amount}")
            self.balance -= amount
            self.withdrawals += amount

    def wait_for(self, amount, seconds):
        """Waits until the account covers `amount`; whether it does."""
        with self.changed:
            return self.changed.wait_for(lambda: self.balance >= amount, seconds)


class Bank:
    def __init__(self, accounts, opening):
        self.accounts = [Account(number, opening) for number in range(accounts)]
        self.opening = opening
        self.total = accounts * opening

    def transfer(self, source, target, amount):
        first, second = sorted((source, target), key=lambda account: account.number)
        with first.lock, second.lock:
            source.withdraw(amount)
            target.deposit(amount)

    def audit(self):
        """Counts with every lock held; raises AssertionError where something is wrong."""
        for account in self.accounts:
            account.lock.acquire()
        try:
            total = sum(account.balance for account in self.accounts)
            assert total == self.total, f"{total} in the bank, {self.total} expected"
            for account in self.accounts:
                assert account.balance >= 0, f"account {account.number} is overdrawn: {account.balance}"
                expected = self.opening + account.deposits - account.withdrawals
                assert account.balance == expected, f"account {account.number}: {account.balance}, not {expected}"
        finally:
            for account in reversed(self.accounts):
                account.lock.release()


class Teller(threading.Thread):
    def __init__(self, bank, transfers, seed):
        super().__init__(name=f"teller-{seed}")
        self.bank, self.transfers, self.random = bank, transfers, random.Random(seed)
        self.made = self.refused = self.waited = 0

    def run(self):
        for _ in range(self.transfers):
            source, target = self.random.sample(self.bank.accounts, 2)
            amount = self.random.randint(1, 200)
            try:
                self.bank.transfer(source, target, amount)
                self.made += 1
            except Refused:
                self.patiently(source, target, amount)

    def patiently(self, source, target, amount):
        self.waited += source.wait_for(amount, 0.001)
        try:
            self.bank.transfer(source, target, amount)
            self.made += 1
        except Refused:
            self.refused += 1


def audit_until(stop, bank, audits):
    while not stop.wait(0.01):
        bank.audit()
        audits.append(time.perf_counter())


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=positive, default=20, metavar="N")
    parser.add_argument("--tellers", type=positive, default=4, metavar="N")
    parser.add_argument("--transfers", type=positive, default=5000, metavar="N", help="by each teller (default 5000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.accounts < 2:
        parser.error("a transfer needs two accounts")
    bank, stop, audits = Bank(options.accounts, 1000), threading.Event(), []
    tellers = [Teller(bank, options.transfers, options.seed + n) for n in range(options.tellers)]
    auditor = threading.Thread(target=audit_until, args=(stop, bank, audits), name="auditor")
    start = time.perf_counter()
    for thread in [auditor, *tellers]:
        thread.start()
    for teller in tellers:
        teller.join()
    stop.set()
    auditor.join()
    bank.audit()
    made, refused = sum(t.made for t in tellers), sum(t.refused for t in tellers)
    assert made + refused == options.tellers * options.transfers
    print(f"{options.tellers * options.transfers:,} transfers asked for, every one made or refused")
    print(f"{bank.total:,} in {options.accounts} accounts, before and after")
    print(f"{made:,} made, {refused:,} refused, {sum(t.waited for t in tellers):,} after a wait; {len(audits)} audits; "
          f"{time.perf_counter() - start:.2f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
