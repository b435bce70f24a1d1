// SPDX-License-Identifier: BSD-3-Clause

#include <cstdio>
#include <exception>

#include "ruleset/cli/commands.h"
#include "ruleset/version.h"

namespace {

constexpr char kFooter[] = R"(Start here:
  tollgate check tollgate.yaml                     are the rules right?
  tollgate compile tollgate.yaml -o tollgate.db    make the database that the resolver maps
  tollgate update tollgate.yaml -o tollgate.db     the same with rules from the network, and checks
  tollgate query tollgate.db usps.com-isjjz.top    what would the resolver do?
  tollgate explain tollgate.db usps.com-isjjz.top  why, and what do the other rules say?
  tollgate ctl status                              is the module in the running resolver well?

'tollgate COMMAND --help' teaches each of them. Exit status: 0 done, 1 problems in the input (nothing
written), 2 wrong usage.
)";

int Run(int argc, char** argv) {
  CLI::App app(
      "Tollgate: a DNS firewall inside Unbound. Turns campaign rules into one immutable database,\n"
      "and answers what it would do.");
  app.name("tollgate");
  app.footer(kFooter);
  app.set_version_flag("--version", "tollgate " TOLLGATE_VERSION);
  app.require_subcommand(1);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("tollgate: ") + error.what() +
           "\nRun 'tollgate --help', or with a command, to see what it takes.\n";
  });
  tollgate::cli::Command run;
  tollgate::cli::AddCompile(app, &run);
  tollgate::cli::AddCheck(app, &run);
  tollgate::cli::AddUpdate(app, &run);
  tollgate::cli::AddRollback(app, &run);
  tollgate::cli::AddQuery(app, &run);
  tollgate::cli::AddExtract(app, &run);
  tollgate::cli::AddExplain(app, &run);
  tollgate::cli::AddBlast(app, &run);
  tollgate::cli::AddDiff(app, &run);
  tollgate::cli::AddOverlap(app, &run);
  tollgate::cli::AddExport(app, &run);
  tollgate::cli::AddInfo(app, &run);
  tollgate::cli::AddDump(app, &run);
  tollgate::cli::AddCtl(app, &run);
  tollgate::cli::AddTop(app, &run);
  tollgate::cli::AddExporter(app, &run);
  tollgate::cli::AddWho(app, &run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? tollgate::cli::kDone : tollgate::cli::kWrongUsage;
  }
  return run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "tollgate: %s\n", exception.what());
    return tollgate::cli::kProblems;
  }
}
