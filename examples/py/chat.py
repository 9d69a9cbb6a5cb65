"""A chat room on asyncio: each guest is a task with an inbox, the room passes lines on.

    chat.py [--script FILE] [--pause SECONDS] [--idle SECONDS]

A script has one line a message, `NAME: TEXT`, and a guest enters with their first line. `/me TEXT`, `/nick NAME`,
`/to NAME TEXT`, `/who` and `/quit` work as in every chat. Without a script a short conversation is played.
"""
import argparse
import asyncio
import sys

CONVERSATION = """\
ada: hello, is somebody here?
bob: just arrived
ada: /who
cleo: /me comes in from the rain
bob: /to ada do you know her?
ada: /nick countess
cleo: good evening, countess
bob: /quit
countess: that was quick
bob: sorry, wrong key
dan: /dance
cleo: /to nobody hello?
cleo: /quit
countess: /quit
"""


class Room:
    def __init__(self):
        self.guests = {}

    def enter(self, guest):
        self.say(f"* {guest.name} enters")
        self.guests[guest.name] = guest

    def leave(self, guest, why):
        del self.guests[guest.name]
        self.say(f"* {guest.name} {why}")

    def say(self, line, by=None):
        for guest in self.guests.values():
            if guest is not by:
                guest.inbox.put_nowait(line)


class Guest:
    """One guest: a task that acts on their lines, and one that shows what they see."""

    def __init__(self, room, name, idle):
        self.room, self.name, self.idle = room, name, idle
        self.lines, self.inbox, self.seen = asyncio.Queue(), asyncio.Queue(), 0

    async def run(self):
        self.room.enter(self)
        reader = asyncio.create_task(self.read())
        try:
            async with asyncio.timeout(None) as limit:
                while True:
                    limit.reschedule(asyncio.get_running_loop().time() + self.idle)
                    if not self.act(await self.lines.get()):
                        self.room.leave(self, "leaves")
                        return
        except TimeoutError:
            self.room.leave(self, "fell asleep")
        finally:
            await self.inbox.join()
            reader.cancel()

    async def read(self):
        while True:
            line = await self.inbox.get()
            self.seen += 1
            print(f"{self.name:>10} | {line}")
            self.inbox.task_done()

    def act(self, text):
        """Does what a line says; False when the guest leaves."""
        command, _, rest = text.partition(" ")
        match command, rest.split(" ", 1):
            case "/quit", _:
                return False
            case "/me", _:
                self.room.say(f"* {self.name} {rest}", self)
            case "/who", _:
                self.inbox.put_nowait("here: " + ", ".join(sorted(self.room.guests)))
            case "/nick", [name] if name and name not in self.room.guests:
                del self.room.guests[self.name]
                old, self.name = self.name, name
                self.room.guests[name] = self
                self.room.say(f"* {old} is now {name}")
            case "/to", [name, secret] if name in self.room.guests:
                self.room.guests[name].inbox.put_nowait(f"[{self.name}] {secret}")
            case "/to", [name, *_]:
                self.inbox.put_nowait(f"nobody here is called {name!r}")
            case _ if command.startswith("/"):
                self.inbox.put_nowait(f"no such command: {command}")
            case _:
                self.room.say(f"<{self.name}> {text}", self)
        return True


def parse(text, source):
    for number, line in enumerate(text.splitlines(), 1):
        name, colon, message = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not colon or not name.strip() or not message.strip():
            sys.exit(f"chat.py: {source}, line {number}: expected NAME: TEXT, found {line!r}")
        yield name.strip(), message.strip()


async def play(messages, pause, idle):
    room, everybody = Room(), []
    async with asyncio.TaskGroup() as tasks:
        for name, message in messages:
            guest = room.guests.get(name)
            if guest is None:
                guest = Guest(room, name, idle)
                everybody.append(guest)
                tasks.create_task(guest.run(), name=name)
                await asyncio.sleep(0)
            guest.lines.put_nowait(message)
            await asyncio.sleep(pause)
    print(f"the room is empty; {sum(guest.seen for guest in everybody)} lines were read by {len(everybody)} visitors")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--script", metavar="FILE", help="the conversation; - is standard input")
    parser.add_argument("--pause", type=float, default=0.02, metavar="SECONDS", help="between lines (default 0.02)")
    parser.add_argument("--idle", type=float, default=0.5, metavar="SECONDS", help="until a silent guest falls asleep")
    options = parser.parse_args()
    text, source = CONVERSATION, "the built-in conversation"
    if options.script:
        source = options.script
        try:
            with sys.stdin if source == "-" else open(source, encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            sys.exit(f"chat.py: cannot read {source}: {error.strerror}")
    asyncio.run(play(list(parse(text, source)), options.pause, options.idle))


if __name__ == "__main__":
    main()
