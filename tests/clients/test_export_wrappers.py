"""Exported wrappers: laid out as formatters do, compiled, and used against a broker."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conformance.languages import CHECKOUT, languages
from tests.integration.command_line import CommandLine, line_with
from tests.integration.shop_app import SHOP

CLIENTS = CHECKOUT / "clients"
MINUTES = 540

SAID = [
    "3 tea for ann | 1 cup for ann | 6",
    "a@640{'x': 1} b@640{'x': 1}",
    "a@320,b@320",
    "9 3",
    "Missing: nothing to buy",
]
"""What the program of each language prints."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.py").write_text(SHOP)
    line = CommandLine(folder, QTASKS_APP="shop:app")
    with line.broker(), line.running("run") as worker:
        line_with(worker, "worker connected")
        yield line


@pytest.fixture
def program(shop, tmp_path):
    """Where a program is written that uses an export."""
    return Program(shop, tmp_path)


class Program:
    """A program in another language, in a folder with an export."""

    def __init__(self, shop: CommandLine, folder: Path) -> None:
        self._shop = shop
        self._broker = shop.environment["QTASKS_BROKER_URL"]
        self.folder = folder

    def export(self, language: str, *path: str) -> None:
        self._shop.run("export", language, "-o", str(self.folder.joinpath(*path)))

    def write(self, path: str, text: str) -> None:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def run(self, *words: str | Path) -> list[str]:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=os.environ | {"QTASKS_BROKER_URL": self._broker},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MINUTES,
            check=False,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout.splitlines()


GO = """\
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"example.com/try/shop"
	"github.com/qtasks/qtasks/clients/go"
)

func main() {
	client, err := qtasks.New(os.Getenv("QTASKS_BROKER_URL"), qtasks.WithApp(shop.App))
	check(err)
	ctx, tasks := context.Background(), shop.New(client)

	three := int64(3)
	items := []shop.Item{{Name: "tea", HowMany: &three}, {Name: "cup"}}
	receipt, err := tasks.Order(ctx, shop.OrderArgs{Customer: "ann", Items: items})
	check(err)
	fmt.Println(strings.Join(receipt.Lines, " | "), "|", receipt.Total)

	args := shop.ImagesThumbnailsArgs{
		Width: 640, Names: []string{"a", "b"}, Marks: map[string]int64{"x": 1},
	}
	var seen []string
	for value, err := range tasks.RunImagesThumbnails(ctx, args) {
		check(err)
		seen = append(seen, value)
	}
	fmt.Println(strings.Join(seen, " "))

	args = shop.ImagesThumbnailsArgs{Width: 320, Names: []string{"a", "b"}}
	task, err := tasks.SubmitImagesThumbnails(ctx, args)
	check(err)
	names, err := task.Result(ctx)
	check(err)
	fmt.Println(strings.Join(names, ","))

	nine := int64(8)
	sum, err := tasks.Add(ctx, shop.AddArgs{First: 1, Second: &nine})
	check(err)
	less, err := tasks.Add(ctx, shop.AddArgs{First: 1})
	check(err)
	fmt.Println(sum, less)

	_, err = tasks.Order(ctx, shop.OrderArgs{Customer: "ann"})
	var failed *qtasks.TaskError
	if !errors.As(err, &failed) {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\\n", failed.Status.GetFailure().GetKind(), failed.Status.GetFailure().GetMessage())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
"""


def test_go(program):
    languages()["go"].require()
    program.export("go")
    program.write("main.go", GO)
    version = next(
        line
        for line in (CLIENTS / "go" / "go.mod").read_text().splitlines()
        if line[:3] == "go "
    )
    program.write("go.mod", f"module example.com/try\n\n{version}\n")
    program.write("go.work", f"{version}\n\nuse (\n\t.\n\t{CLIENTS / 'go'}\n)\n")
    assert program.run("gofmt", "-l", ".") == []
    program.run("go", "vet", "./...")
    assert program.run("go", "run", ".") == SAID


TYPESCRIPT = """\
import { Client, TaskFailed } from "qtasks";
import { ShopTasks } from "./shop.js";

using client = new Client(undefined, { app: "shop" });
const tasks = new ShopTasks(client);

const items = [{ name: "tea", howMany: 3 }, { name: "cup" }];
const receipt = await tasks.order({ customer: "ann", items });
console.log([...receipt.lines, receipt.total].join(" | "));

const seen: string[] = [];
const args = { width: 640, names: ["a", "b"], marks: { x: 1 } };
for await (const value of tasks.runImagesThumbnails(args)) {
  seen.push(value);
}
console.log(seen.join(" "));

const task = await tasks.submitImagesThumbnails({ width: 320, names: ["a", "b"] });
const names = await task.result({ timeout: 30 });
console.log(names.join(","));

const sums = [await tasks.add({ first: 1, second: 8 }), await tasks.add({ first: 1 })];
console.log(sums.join(" "));

try {
  await tasks.order({ customer: "ann", items: [] });
} catch (error) {
  if (!(error instanceof TaskFailed)) {
    throw error;
  }
  console.log(`${error.failure.kind}: ${error.failure.message}`);
}
"""


def test_typescript(program):
    client = CLIENTS / "typescript"
    languages()["typescript"].require()
    languages()["typescript"].built()
    bin_ = client / "node_modules" / ".bin"
    program.export("typescript", "src")
    program.write("src/main.ts", TYPESCRIPT)
    program.write("package.json", json.dumps({"type": "module"}))
    settings = {
        "extends": str(client / "tsconfig.json"),
        "compilerOptions": {"noEmit": False, "rootDir": "src", "outDir": "out"},
        "include": ["src"],
    }
    program.write("tsconfig.json", json.dumps(settings))
    modules = program.folder / "node_modules"
    modules.mkdir()
    (modules / "@types").symlink_to(client / "node_modules" / "@types")
    (modules / "qtasks").mkdir()
    dist = modules / "qtasks" / "dist"
    program.run(bin_ / "tsc", "-p", client / "tsconfig.build.json", "--outDir", dist)
    shutil.copy(client / "package.json", modules / "qtasks")
    (modules / "qtasks" / "node_modules").symlink_to(client / "node_modules")
    program.run(bin_ / "biome", "check", f"--config-path={client}", "src/shop.ts")
    program.run(bin_ / "tsc")
    assert (
        program.run(
            "node",
            "--import",
            str(client / "node_modules/tsx/dist/esm/index.mjs"),
            "src/main.ts",
        )
        == SAID
    )


JAVA = """\
package shop;

import io.qtasks.ClientOptions;
import io.qtasks.QtasksClient;
import io.qtasks.TaskFailedException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import shop.tasks.ShopTasks;
import shop.tasks.ShopTasks.AddArgs;
import shop.tasks.ShopTasks.ImagesThumbnailsArgs;
import shop.tasks.ShopTasks.Item;
import shop.tasks.ShopTasks.OrderArgs;
import shop.tasks.ShopTasks.Receipt;

final class Main {
  private static final Duration SOON = Duration.ofSeconds(30);

  public static void main(String[] words) {
    ClientOptions options = ClientOptions.defaults().app(ShopTasks.APP);
    String url = System.getenv("QTASKS_BROKER_URL");
    try (QtasksClient client = QtasksClient.connect(url, options)) {
      ShopTasks tasks = new ShopTasks(client);

      List<Item> items = List.of(Item.of("tea").withHowMany(3L), Item.of("cup"));
      Receipt receipt = tasks.order(OrderArgs.of("ann", items), SOON);
      System.out.printf("%s | %.0f%n", String.join(" | ", receipt.lines()), receipt.total());

      ImagesThumbnailsArgs args =
          ImagesThumbnailsArgs.of(640L).withNames(List.of("a", "b")).withMarks(Map.of("x", 1L));
      try (Stream<String> values = tasks.runImagesThumbnails(args)) {
        System.out.println(values.collect(Collectors.joining(" ")));
      }

      args = ImagesThumbnailsArgs.of(320L).withNames(List.of("a", "b"));
      List<String> names = tasks.submitImagesThumbnails(args).result(SOON);
      System.out.println(String.join(",", names));

      long sum = tasks.add(AddArgs.of(1L).withSecond(8L), SOON);
      long less = tasks.add(AddArgs.of(1L), SOON);
      System.out.println(sum + " " + less);

      try {
        tasks.order(OrderArgs.of("ann", List.of()), SOON);
      } catch (TaskFailedException failed) {
        System.out.println(failed.failure().getKind() + ": " + failed.failure().getMessage());
      }
    }
  }
}
"""


def test_java(program):
    client = CLIENTS / "java"
    languages()["java"].require()
    languages()["java"].built()
    sources = "src/main/java"
    program.export("java", *sources.split("/"))
    program.write(f"{sources}/shop/Main.java", JAVA)
    program.write("pom.xml", (client / "pom.xml").read_text())
    program.run("mvn", "-q", "-B", "spotless:check")
    classes = f"{client / 'target' / 'classes'}:{client / 'target' / 'lib'}/*"
    program.run(
        *("javac", "-Xlint:all,-processing", "-Werror", "-d", "out", "-cp", classes),
        *(f"{sources}/shop/Main.java", f"{sources}/shop/tasks/ShopTasks.java"),
    )
    assert program.run("java", "-cp", f"out:{classes}", "shop.Main") == SAID
