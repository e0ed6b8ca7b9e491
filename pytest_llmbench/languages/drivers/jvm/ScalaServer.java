package llmbench;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import scala.Console;
import scala.runtime.AbstractFunction0;
import scala.tools.nsc.Main;

/** Compile Scala again and again in one process; a `Server` of languages/definition.py. */
public final class ScalaServer {
    private static final List<String> OPTIONS =
            List.of(System.getProperty("llmbench.options").split("\n"));

    private ScalaServer() {}

    public static List<Object> compile(Map<String, String> files) throws Exception {
        return ToolServer.compile(ScalaServer::run, OPTIONS, files);
    }

    /** Each call makes a compiler of its own: one that is used again remembers its answers. */
    private static boolean run(List<String> arguments, PrintStream said) {
        return (boolean)
                Console.withErr(
                        said,
                        new AbstractFunction0<Object>() {
                            @Override
                            public Object apply() {
                                Main.process(arguments.toArray(new String[0]));
                                return !Main.reporter().hasErrors();
                            }
                        });
    }
}
