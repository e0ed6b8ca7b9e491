package llmbench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Run a compiler that wants files and a command line, each time in a folder of its own. */
final class ToolServer {
    /** A compiler; it tells whether all could be compiled, and throws where it broke. */
    interface Tool {
        boolean run(List<String> arguments, PrintStream said) throws Exception;
    }

    private ToolServer() {}

    /** Give whether it could be compiled, what the compiler said, and the files that it made. */
    static List<Object> compile(Tool tool, List<String> options, Map<String, String> files)
            throws Exception {
        Path folder = Files.createTempDirectory("compile");
        try {
            return compile(tool, options, files, folder);
        } finally {
            try (Stream<Path> left = Files.walk(folder)) {
                for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static List<Object> compile(
            Tool tool, List<String> options, Map<String, String> files, Path folder)
            throws Exception {
        Path classes = Files.createDirectory(folder.resolve("classes"));
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of("-d", classes.toString()));
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.writeString(path, file.getValue());
            arguments.add(path.toString());
        }
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        boolean isCompiled;
        try (PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            isCompiled = tool.run(arguments, stream);
        }
        String text = said.toString(StandardCharsets.UTF_8).replace(folder + "/", "");
        return Arrays.asList(isCompiled, text, isCompiled ? read(classes) : Map.of());
    }

    private static Map<String, String> read(Path folder) throws IOException {
        Map<String, String> files = new HashMap<>();
        Base64.Encoder encoder = Base64.getEncoder();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(path).toString();
                files.put(name, encoder.encodeToString(Files.readAllBytes(path)));
            }
        }
        return files;
    }
}
