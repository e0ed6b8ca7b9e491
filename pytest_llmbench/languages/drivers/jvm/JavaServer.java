package llmbench;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/** Compile Java again and again in one process; a `Server` of languages/definition.py. */
public final class JavaServer {
    private static final List<String> OPTIONS = List.of("-proc:none", "-nowarn", "-Xlint:none");

    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

    /** All that stays from one call to the next: it has read nothing but the platform's classes. */
    private static final StandardJavaFileManager PLATFORM =
            COMPILER.getStandardFileManager(null, null, null);

    static {
        try {
            PLATFORM.setLocation(StandardLocation.CLASS_PATH, libraries());
            PLATFORM.setLocation(StandardLocation.SOURCE_PATH, List.of());
        } catch (IOException error) {
            throw new ExceptionInInitializerError(error);
        }
    }

    private static List<File> libraries() {
        String folder = System.getProperty("llmbench.libraries", "/nonexistent");
        File[] jars = new File(folder).listFiles((parent, name) -> name.endsWith(".jar"));
        return jars == null ? List.of() : List.of(jars);
    }

    /** What it says when it ran out of stack or of memory, or has an error: it is not to go on. */
    private static final Pattern BROKEN =
            Pattern.compile("(?m)^(An exception has occurred in|The system is out of)");

    private JavaServer() {}

    /** Compile all that lies in the working folder, once: where there is no server. */
    public static void main(String[] none) throws IOException {
        Map<String, String> files = new HashMap<>();
        for (String name : new File(".").list((folder, each) -> each.endsWith(".java"))) {
            files.put(name, Files.readString(Path.of(name)));
        }
        StringWriter said = new StringWriter();
        Classes classes = new Classes();
        boolean isCompiled = compile(files, said, classes);
        for (Map.Entry<String, ByteArrayOutputStream> made : classes.made.entrySet()) {
            Path path = Path.of(made.getKey());
            Files.createDirectories(path.toAbsolutePath().getParent());
            Files.write(path, made.getValue().toByteArray());
        }
        System.err.print(said);
        System.exit(isCompiled ? 0 : 1);
    }

    /** Give whether it could be compiled, what the compiler said, and the classes' files. */
    public static List<Object> compile(Map<String, String> files) {
        StringWriter said = new StringWriter();
        Classes classes = new Classes();
        boolean isCompiled = compile(files, said, classes);
        return Arrays.asList(isCompiled, said.toString(), isCompiled ? classes.files() : Map.of());
    }

    private static boolean compile(
            Map<String, String> files, StringWriter said, Classes classes) {
        List<JavaFileObject> sources = new ArrayList<>();
        files.forEach((name, text) -> sources.add(new Source(name, text)));
        boolean isCompiled = COMPILER.getTask(said, classes, null, OPTIONS, null, sources).call();
        if (BROKEN.matcher(said.toString()).find()) {
            throw new IllegalStateException(said.toString());
        }
        return isCompiled;
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String name;
        private final String text;

        Source(String name, String text) {
            super(URI.create("memory:///" + name), Kind.SOURCE);
            this.name = name;
            this.text = text;
        }

        @Override
        public String getName() {
            return name;
        }

        /** Public classes may have any name: an answer's file has always the same. */
        @Override
        public boolean isNameCompatible(String className, Kind kind) {
            return kind == Kind.SOURCE;
        }

        @Override
        public CharSequence getCharContent(boolean ignoresEncodingErrors) {
            return text;
        }
    }

    private static final class Classes extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> made = new HashMap<>();

        Classes() {
            super(PLATFORM);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            String file = name.replace('.', '/') + kind.extension;
            return new SimpleJavaFileObject(URI.create("memory:///" + file), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream content = new ByteArrayOutputStream();
                    made.put(file, content);
                    return content;
                }
            };
        }

        Map<String, String> files() {
            Map<String, String> files = new HashMap<>();
            Base64.Encoder encoder = Base64.getEncoder();
            for (Map.Entry<String, ByteArrayOutputStream> each : made.entrySet()) {
                files.put(each.getKey(), encoder.encodeToString(each.getValue().toByteArray()));
            }
            return files;
        }
    }
}
