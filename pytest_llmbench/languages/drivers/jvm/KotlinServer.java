package llmbench;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;

/** Compile Kotlin again and again in one process; a `Server` of languages/definition.py. */
public final class KotlinServer {
    private static final List<String> OPTIONS =
            List.of(System.getProperty("llmbench.options").split("\n"));

    static {
        // Else it forgets after each call what it has read of the platform and the library.
        System.setProperty("kotlin.environment.keepalive", "true");
        System.setProperty("java.awt.headless", "true");
    }

    private KotlinServer() {}

    public static List<Object> compile(Map<String, String> files) throws Exception {
        return ToolServer.compile(KotlinServer::run, OPTIONS, files);
    }

    private static boolean run(List<String> arguments, PrintStream said) {
        ExitCode code = new K2JVMCompiler().exec(said, arguments.toArray(new String[0]));
        if (code == ExitCode.INTERNAL_ERROR || code == ExitCode.OOM_ERROR) {
            throw new IllegalStateException("the compiler failed: " + code);
        }
        return code == ExitCode.OK;
    }
}
