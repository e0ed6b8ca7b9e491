package llmbench;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What an answer prints, until it is too much: Java ignores that its output cannot be written, and
 * would go on until its time is over.
 */
final class Output extends FileOutputStream {
    private static final int KILLED_BY_SIGXFSZ = 128 + 25;

    private Output(FileDescriptor descriptor) {
        super(descriptor);
    }

    static void install() {
        System.setOut(stream(FileDescriptor.out));
        System.setErr(stream(FileDescriptor.err));
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        var buffered = new BufferedOutputStream(new Output(descriptor), 8192);
        return new PrintStream(buffered, true, StandardCharsets.UTF_8);
    }

    @Override
    public void write(byte[] bytes, int start, int count) {
        try {
            super.write(bytes, start, count);
        } catch (IOException error) {
            Runtime.getRuntime().halt(KILLED_BY_SIGXFSZ);
        }
    }
}
